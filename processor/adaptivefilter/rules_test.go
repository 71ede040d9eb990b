package adaptivefilter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

type ps = processtest.Process

var kept = processtest.Kept

// Rule 1: who is kept.

func TestOneValueThatReachesItsThresholdIsEnough(t *testing.T) {
	h := newHost(t, func(c *Config) {
		c.Levels, c.Load.Processes = Levels{{CPUCores: new(0.5), MemoryMiB: new(10.0)}}, Range{}
	})
	out := h.scrape(0,
		ps{PID: 1, Begun: 910, CPU: 50}, ps{PID: 2, Begun: 910, CPU: 49, Memory: 10*mebibyte - 1},
		ps{PID: 3, Begun: 910, Memory: 10 * mebibyte}, ps{PID: 4, Begun: 910})
	require.Equal(t, []int64{1, 3}, kept(out))
}

func TestAThresholdThatIsLeftOutKeepsNobody(t *testing.T) {
	h := newHost(t, memory(5))
	require.Equal(t, []int64{2}, kept(h.scrape(0, ps{PID: 1, Begun: 1, CPU: 1000}, ps{PID: 2, Memory: 5})))
}

func TestAThresholdOfZeroKeepsWhateverHasTheMetric(t *testing.T) {
	h := newHost(t, memory(0))
	h.second += 10
	md := processtest.At(h.second, ps{PID: 1}, ps{PID: 2}, ps{PID: 3, Memory: -1})
	md.ResourceMetrics().At(1).ScopeMetrics().At(0).Metrics().RemoveIf(func(m pmetric.Metric) bool { return m.Name() == "process.memory.usage" })
	require.Equal(t, []int64{1}, kept(processtest.Push(t, h.p, h.sink, md)), "not what has none, or a bad one")
}

func TestCriticalProcessesAreKeptOnEveryLevel(t *testing.T) {
	h := newHost(t, memory(5, 50, 500))
	for _, load := range []float64{0, 0.6, 0.9} {
		h.settle(load, ps{PID: 1, Critical: true}, ps{PID: 2})
		require.Equal(t, []int64{1}, kept(h.scrape(load, ps{PID: 1, Critical: true}, ps{PID: 2})), "load %v", load)
	}
}

// Of many that are alike the same ones are kept, until another is well above.
func TestWhoIsKeptUnderTheCeilingStaysUntilAnotherIsWellAbove(t *testing.T) {
	h := newHost(t, with(memory(10), func(c *Config) { c.MaxSeries = 7 })) // _other_ has three, a process two
	for i, c := range []struct {
		first, second, third float64
		want                 []int64
	}{
		{20, 21, 22, []int64{2, 3}},
		{23, 21, 22, []int64{2, 3}},
		{26, 21, 22, []int64{2, 3}},
		{27, 21, 22, []int64{1, 3}}, // 21 is less than 0.8 × 27
		{22, 23, 22, []int64{1, 3}},
		{22, 23, 8.5, []int64{1, 2}}, // what stays by hysteresis alone gives way
	} {
		out := h.scrape(0, ps{PID: 1, Memory: c.first}, ps{PID: 2, Memory: c.second}, ps{PID: 3, Memory: c.third})
		require.Equal(t, c.want, kept(out), "scrape %d", i+1)
	}
}

// priorities are those of a configuration: the processes named app go first.
func priorities(c *Config) {
	c.Priorities = Priorities{
		{Name: "high", Conditions: []string{`resource.attributes["process.executable.name"] == "app"`}},
		{Name: "low"},
	}
}

func TestALevelKeepsItsPriorityAndThoseBefore(t *testing.T) {
	h := newHost(t, with(memory(5, 5), func(c *Config) { priorities(c); c.Levels[1].MinPriority = "high" }))
	two := []ps{{PID: 1, Name: "app", Memory: 5}, {PID: 2, Name: "sh", Memory: 9}}
	require.Equal(t, []int64{1, 2}, kept(h.scrape(0, two...)))
	h.settle(0.6, two...)
	require.Equal(t, []int64{1}, kept(h.scrape(0.6, two...)))
}

func TestUnderTheCeilingPriorityComesFirstThenTheValueOverTheThreshold(t *testing.T) {
	fit := func(processes int) []int64 {
		h := newHost(t, func(c *Config) {
			priorities(c)
			c.Levels, c.Load.Processes = Levels{{CPUCores: new(0.1), MemoryMiB: new(1.0)}}, Range{}
			c.MaxSeries = 3 + 2*processes // _other_ has three
		})
		return kept(h.scrape(0,
			ps{PID: 1, Name: "sh", Begun: 910, CPU: 90}, // 9 times the threshold
			ps{PID: 2, Name: "sh", Begun: 910, Memory: 7 * mebibyte},
			ps{PID: 3, Name: "app", Begun: 910, Memory: 2 * mebibyte},
			ps{PID: 4, Name: "app", Begun: 910, CPU: 30},
		))
	}
	require.Equal(t, []int64{4}, fit(1))
	require.Equal(t, []int64{3, 4}, fit(2))
	require.Equal(t, []int64{1, 3, 4}, fit(3))
	require.Equal(t, []int64{1, 2, 3, 4}, fit(4))
}

func TestTheFirstPriorityThatMatchesCounts(t *testing.T) {
	h := newHost(t, with(memory(1), func(c *Config) {
		priorities(c)
		c.Priorities = Priorities{c.Priorities[0], {Name: "middle", Conditions: []string{"true"}}, {Name: "low"}}
		c.Levels[0].MinPriority = "high"
	}))
	require.Equal(t, []int64{1}, kept(h.scrape(0, ps{PID: 1, Name: "app", Memory: 1}, ps{PID: 2, Name: "sh", Memory: 1})))
}

// A title that changes may change the priority.
func TestAChangeOfAttributesIsAnotherPriority(t *testing.T) {
	h := newHost(t, with(memory(1), func(c *Config) { priorities(c); c.Levels[0].MinPriority = "high" }))
	require.Equal(t, []int64{1}, kept(h.scrape(0, ps{PID: 1, Name: "app", Memory: 1})))
	require.Empty(t, kept(h.scrape(0, ps{PID: 1, Name: "sh", Memory: 1})))
}

func TestTheCeilingHoldsUnderConstantGrowth(t *testing.T) {
	h := newHost(t, with(memory(1), func(c *Config) { c.MaxSeries = 50 }))
	var all []ps
	for i := range 100 {
		for range 10 {
			all = append(all, ps{PID: int64(len(all) + 1), Begun: h.second, CPU: 1, Memory: float64(1 + i)})
		}
		for j := range all {
			all[j].CPU++
		}
		points := 0
		for _, s := range processtest.AllSamples(h.scrape(float64(i%3)/2, all...)) {
			if !s.Flagged {
				points++
			}
		}
		require.LessOrEqual(t, points, 50, "%d processes", len(all))
	}
}

// Rule 2: thresholds are steps with a memory.

func TestAProcessEntersAtTheThresholdAndLeavesBelowFourFifths(t *testing.T) {
	h := newHost(t, memory(100))
	for _, c := range []struct {
		memory float64
		kept   bool
	}{{99, false}, {100, true}, {80, true}, {79, false}, {80, false}, {99, false}, {100, true}} {
		require.Equal(t, c.kept, len(kept(h.scrape(0, ps{PID: 1, Memory: c.memory}))) == 1, "%v", c.memory)
	}
}

// Whoever was kept by the CPU is not held by a memory that never was enough.
func TestEachThresholdHasAMemoryOfItsOwn(t *testing.T) {
	h := newHost(t, func(c *Config) {
		c.Levels, c.HalfLife = Levels{{CPUCores: new(0.5), MemoryMiB: new(100.0)}}, 0
	})
	p := ps{PID: 1, Begun: 900, Memory: 90 * mebibyte}
	h.scrape(0, p)
	p.CPU = 10
	require.Len(t, kept(h.scrape(0, p)), 1)
	require.Empty(t, kept(h.scrape(0, p)))
}

func TestWhoDidNotFitMustReachTheThresholdAgain(t *testing.T) {
	h := newHost(t, with(memory(100), func(c *Config) { c.MaxSeries = 5 }))
	require.Equal(t, []int64{1}, kept(h.scrape(0, ps{PID: 1, Begun: 900, Memory: 100})))
	require.Equal(t, []int64{2}, kept(h.scrape(0, ps{PID: 1, Begun: 900, Memory: 100}, ps{PID: 2, Begun: 900, Memory: 200})))
	require.Empty(t, kept(h.scrape(0, ps{PID: 1, Begun: 900, Memory: 90}, ps{PID: 2, Begun: 900, Memory: 70})))
}

func TestAnHeirOfAPIDIsNotHeld(t *testing.T) {
	h := newHost(t, memory(100))
	require.Len(t, kept(h.scrape(0, ps{PID: 1, Name: "a", Begun: 900, Memory: 100, CPU: 5})), 1)
	require.Empty(t, kept(h.scrape(0, ps{PID: 1, Name: "b", Begun: h.second + 5, Memory: 90})))
}

func TestAHigherLevelDropsAndALowerOneKeepsAgain(t *testing.T) {
	h := newHost(t, memory(5, 50, 500))
	three := []ps{{PID: 1, Memory: 5}, {PID: 2, Memory: 50}, {PID: 3, Memory: 500}}
	for _, c := range []struct {
		load float64
		want []int64
	}{{0, []int64{1, 2, 3}}, {0.6, []int64{2, 3}}, {1, []int64{3}}, {0.6, []int64{2, 3}}, {0.1, []int64{1, 2, 3}}} {
		h.settle(c.load, three...)
		require.Equal(t, c.want, kept(h.scrape(c.load, three...)), "load %v", c.load)
	}
}

func TestWhenBusyMoreKeepsMore(t *testing.T) {
	h := newHost(t, with(memory(50, 5), func(c *Config) { c.WhenBusy = More }))
	two := []ps{{PID: 1, Memory: 5}, {PID: 2, Memory: 50}}
	require.Equal(t, []int64{2}, kept(h.scrape(0, two...)))
	h.settle(0.6, two...)
	require.Equal(t, []int64{1, 2}, kept(h.scrape(0.6, two...)))
}

// Rule 3: the load.

func TestTheNumberOfProcessesInTheInputIsALoad(t *testing.T) {
	h := newHost(t, with(memory(5, 50), func(c *Config) { c.Load = Load{Processes: Range{Low: 2, High: 4}} }))
	two := []ps{{PID: 1, Memory: 5}, {PID: 2, Memory: 5}}
	h.settle(1, two...)
	require.Equal(t, []int64{1, 2}, kept(h.scrape(1, two...)), "the CPU does not count")
	h.settle(0, append(two, ps{PID: 3})...)
	require.Empty(t, kept(h.scrape(0, append(two, ps{PID: 3})...)))
}

// blind scrapes the host without its CPU.
func (h *host) blind(processes ...ps) {
	h.second += 10
	processtest.Push(h.t, h.p, h.sink, processtest.At(h.second, processes...))
}

func TestAMissingSignalHoldsTheLevelThenShedsTheMost(t *testing.T) {
	for busy, c := range map[WhenBusy]struct {
		least []float64
		want  int
	}{Fewer: {[]float64{5, 50, 500}, 2}, More: {[]float64{500, 50, 5}, 0}} {
		h := newHost(t, with(memory(c.least...), func(cfg *Config) { cfg.WhenBusy = busy }))
		h.settle(0.6, ps{PID: 1})
		require.Equal(t, 1, levelOf(t, h.p))
		for range patience {
			h.blind(ps{PID: 1})
			require.Equal(t, 1, levelOf(t, h.p), busy)
		}
		h.blind(ps{PID: 1})
		require.Equal(t, c.want, levelOf(t, h.p), busy)
		h.settle(0.6, ps{PID: 1})
		require.Equal(t, 1, levelOf(t, h.p), "%s: it is back", busy)
	}
}

// What a batch said of the CPU counts for one scrape.
func TestAShareIsNotUsedTwice(t *testing.T) {
	h := newHost(t, memory(5, 50))
	h.second += 10
	md := processtest.At(h.second, ps{PID: 1})
	rm, ms := resource(md)
	rm.Resource().Attributes().PutStr("host.name", "web-1")
	shares := processtest.AddGauge(ms, "system.cpu.utilization")
	addState(shares, "user", 0.75)
	addState(shares, "idle", 0.25)
	processtest.Push(t, h.p, h.sink, md)
	require.Equal(t, 0.75, signalsOf(h.p)[signalCPU])
	h.blind(ps{PID: 1})
	require.True(t, isMissing(signalsOf(h.p)[signalCPU]))
}

func TestAfterAMissingSignalTheNextOneCounts(t *testing.T) {
	h := newHost(t, with(memory(5, 50, 500), func(c *Config) { c.Load.Processes = Range{Low: 0, High: 10} }))
	six := []ps{{PID: 1}, {PID: 2}, {PID: 3}, {PID: 4}, {PID: 5}, {PID: 6}}
	h.settle(0.9, six...)
	require.Equal(t, 2, levelOf(t, h.p))
	for range patience + leastDwell {
		require.Equal(t, 2, levelOf(t, h.p))
		h.blind(six...)
	}
	require.Equal(t, 1, levelOf(t, h.p), "six of ten")
}

// machineAt is this machine under a load, on which the collector uses a share
// of a core. Each reading is ten seconds after the last.
func machineAt(load *float64, own float64) machine {
	c, used := &cpus{}, 0.0
	return machine{
		is: func(host string) bool { return host == "web-1" },
		read: func() (cpuReading, bool) {
			c.work(*load)
			used += 10 * own
			return cpuReading{kind: sinceBoot, busy: c.busy, total: c.busy + c.idle, series: 2}, true
		},
		own: func() (float64, bool) { return used, true },
	}
}

func TestWithoutTheCPUInTheBatchThisMachineIsRead(t *testing.T) {
	load := 0.5 // two of four cores, of which half a one is the collector's: 1.5 of 3.5
	set := processtest.Settings(NewFactory().Type())
	sink := newSink()
	p := start(t, set, memory(5, 50), machineAt(&load, 0.5), sink)
	for i := range 6 {
		processtest.Push(t, p, sink, processtest.At(1000+10*i, ps{PID: 1}))
	}
	require.Equal(t, 0, levelOf(t, p))
	require.InDelta(t, 1.5/3.5, loadOf(p), 1e-9)
	load = 0.6 // 1.9 of 3.5
	for i := range 6 {
		processtest.Push(t, p, sink, processtest.At(1060+10*i, ps{PID: 1}))
	}
	require.InDelta(t, 1.9/3.5, loadOf(p), 1e-9)
	require.Equal(t, 1, levelOf(t, p))
}

func TestOfAnotherHostThisMachineSaysNothing(t *testing.T) {
	load := 1.0
	sink := newSink()
	p := start(t, processtest.Settings(NewFactory().Type()), memory(5, 50), machineAt(&load, 0), sink)
	for i := range 3 {
		processtest.Push(t, p, sink, processtest.On("db-1", processtest.At(1000+10*i, ps{PID: 1})))
		require.Equal(t, 0, levelOf(t, p))
	}
	require.True(t, isMissing(signalsOf(p)[signalCPU]))
}

// A batch of a host's CPU alone may come between two scrapes of its processes.
func TestTheCPUMayComeInABatchOfItsOwn(t *testing.T) {
	h := newHost(t, memory(5, 50))
	for range 4 {
		h.cpus.work(0.7)
		processtest.Push(t, h.p, h.sink, h.cpus.add(pmetric.NewMetrics()))
		h.blind(ps{PID: 1, Memory: 5})
	}
	require.Equal(t, 1, levelOf(t, h.p))
	require.InDelta(t, 0.7, loadOf(h.p), 1e-9)
}

func TestTheBatchGoesBeforeThisMachine(t *testing.T) {
	load := 1.0
	h := &host{t: t, second: 1000, sink: newSink()}
	h.p = start(t, processtest.Settings(NewFactory().Type()), memory(5, 50), machineAt(&load, 0), h.sink)
	h.settle(0.2, ps{PID: 1})
	require.Equal(t, 0, levelOf(t, h.p))
	require.InDelta(t, 0.2, loadOf(h.p), 1e-9)
}

// Each host has a level of its own.
func TestOneBusyHostDoesNotThinAnother(t *testing.T) {
	h, calm := newHost(t, memory(5, 50)), cpus{}
	var out pmetric.Metrics
	for range 6 {
		h.cpus.work(0.9)
		calm.work(0.1)
		h.second += 10
		web, db := processtest.At(h.second, ps{PID: 1, Memory: 5}), processtest.At(h.second, ps{PID: 1, Memory: 5})
		out = processtest.Push(t, h.p, h.sink, processtest.Both(h.cpus.add(web), processtest.On("db-1", calm.add(db))))
	}
	require.Empty(t, processtest.KeptOn("web-1", out))
	require.Equal(t, []int64{1}, processtest.KeptOn("db-1", out))
}

// Rule 4 is tested in telemetry_test.go. These are the reasons in explanations.
func TestEveryTransitionHasItsReason(t *testing.T) {
	h := newHost(t, with(memory(100, 1000), func(c *Config) {
		priorities(c)
		c.MaxSeries = 5
		c.Levels[1].MinPriority = "high"
	}))
	explain := func(pid int32) process.Transition {
		found := h.p.Explain("web-1", process.Query{PID: pid}, time.Unix(int64(h.second), 0))
		require.NotEmpty(t, found)
		return found[0]
	}
	h.scrape(0, ps{PID: 1, Begun: 900, Memory: 200})
	got := explain(1)
	require.True(t, got.Kept)
	require.Equal(t, []any{ruleReached, "memory", 200.0, 100.0}, []any{got.Rule, got.Subject, got.Value, got.Threshold})

	h.scrape(0, ps{PID: 1, Begun: 900, Memory: 79})
	got = explain(1)
	require.False(t, got.Kept)
	require.Equal(t, []any{ruleBelow, "memory", 79.0, 80.0}, []any{got.Rule, got.Subject, got.Value, got.Threshold})

	h.scrape(0, ps{PID: 1, Begun: 900, Memory: 200})
	h.scrape(0, ps{PID: 1, Begun: 900, Memory: 200}, ps{PID: 2, Begun: 900, Memory: 300})
	require.Equal(t, thinning.RuleMaxSeries, explain(1).Rule)
	require.Equal(t, ruleReached, explain(2).Rule)

	h.settle(0.6, ps{PID: 2, Begun: 900, Memory: 300})
	got = explain(2)
	require.Equal(t, []any{rulePriority, "low"}, []any{got.Rule, got.Subject})

	h.scrape(0.6, ps{PID: 3, Begun: 900, Critical: true})
	require.Equal(t, thinning.RuleCritical, explain(3).Rule)
}

func TestAProcessThatWasCriticalFallsWithoutAMetric(t *testing.T) {
	h := newHost(t, with(memory(100), func(c *Config) { c.Critical = critical.List{processtest.Named("db", 1)} }))
	h.scrape(0, ps{PID: 1, Name: "db", Begun: 900})
	h.scrape(0, ps{PID: 1, Name: "sh", Begun: 900})
	got := h.p.Explain("web-1", process.Query{PID: 1}, time.Unix(int64(h.second), 0))
	require.Equal(t, []any{false, ruleBelow, ""}, []any{got[0].Kept, got[0].Rule, got[0].Subject})
}
