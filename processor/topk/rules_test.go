package topk

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/process"
)

// ps is one process of a scrape. It has two series; _other_ has a third one,
// the count.
type ps struct {
	pid      int64
	name     string
	begun    int     // second of its creation
	cpu      float64 // seconds so far
	memory   float64 // bytes
	critical bool
}

// at is the scrape of one host at a second.
func at(second int, processes ...ps) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for _, p := range processes {
		rm := md.ResourceMetrics().AppendEmpty()
		attrs := rm.Resource().Attributes()
		attrs.PutStr("host.name", "web-1")
		attrs.PutInt("process.pid", p.pid)
		attrs.PutStr("process.executable.name", p.name)
		attrs.PutBool("process.test_critical", p.critical)
		start, now := int64(p.begun)*1e9, int64(second)*1e9
		ms := rm.ScopeMetrics().AppendEmpty().Metrics()
		user := point(sumOf(ms, "process.cpu.time", "s", true), start, now)
		user.Attributes().PutStr("state", "user")
		put(user, p.cpu)
		put(point(sumOf(ms, "process.memory.usage", "By", false), start, now), p.memory)
	}
	return md
}

// kept lists the PIDs of the processes in a batch, in order.
func kept(md pmetric.Metrics) []int64 {
	pids := []int64{}
	for _, list := range samples(md) {
		for _, s := range list {
			if s.pid != 0 && !s.flagged && !slices.Contains(pids, s.pid) {
				pids = append(pids, s.pid)
			}
		}
	}
	return pids
}

// rest returns the values of _other_ by metric.
func rest(md pmetric.Metrics) map[string]float64 {
	values := map[string]float64{}
	for _, list := range samples(md) {
		for _, s := range list {
			if s.pid == 0 {
				values[s.metric] = s.value
			}
		}
	}
	return values
}

// top keeps the first k by a metric, at once and without a memory.
func top(metric string, k int) func(*Config) {
	return func(c *Config) {
		c.RankBy = []Rank{{Metric: metric, K: k}}
		c.HalfLife, c.Hysteresis, c.MaxSeries = 0, Hysteresis{}, 0
	}
}

// scrape is what a scrape of a story has and which processes must keep their
// names.
type scrape struct {
	processes []ps
	want      []int64
}

// tell lets a processor live through a story, a scrape every ten seconds.
func tell(t *testing.T, change func(*Config), story ...scrape) {
	t.Helper()
	p, sink := run(t, change)
	for i, s := range story {
		got := kept(push(t, p, sink, at(1000+10*i, s.processes...)))
		require.ElementsMatch(t, s.want, got, "scrape %d", i+1)
	}
}

// Rule 1: rank on the change, not on the lifetime.

func TestTheFirstScrapeRanksByTheAverageSinceTheStart(t *testing.T) {
	tell(t, top("cpu", 1),
		scrape{[]ps{{pid: 1, begun: 0, cpu: 100}, {pid: 2, begun: 900, cpu: 50}}, []int64{2}})
}

func TestLaterScrapesRankByTheChange(t *testing.T) {
	tell(t, top("cpu", 1),
		scrape{[]ps{{pid: 1, begun: 1, cpu: 900}, {pid: 2, begun: 1, cpu: 1}}, []int64{1}},
		scrape{[]ps{{pid: 1, begun: 1, cpu: 901}, {pid: 2, begun: 1, cpu: 3}}, []int64{2}})
}

func TestRatesAreExponentialAverages(t *testing.T) {
	story := []scrape{
		{[]ps{{pid: 1, begun: 990, cpu: 10}, {pid: 2, begun: 990}}, []int64{1}},
		{[]ps{{pid: 1, begun: 990, cpu: 10}, {pid: 2, begun: 990, cpu: 9}}, []int64{1}}, // 0.5 and 0.45 cores
		{[]ps{{pid: 1, begun: 990, cpu: 10}, {pid: 2, begun: 990, cpu: 9}}, []int64{1}},
	}
	halfLife := func(of time.Duration) func(*Config) {
		return func(c *Config) { top("cpu", 1)(c); c.HalfLife = of }
	}
	tell(t, halfLife(10*time.Second), story...)
	story[1].want = []int64{2} // 0 and 0.9 cores
	tell(t, halfLife(0), story...)
}

func TestTiesBreakByPID(t *testing.T) {
	tell(t, top("memory", 2),
		scrape{[]ps{{pid: 3, memory: 1}, {pid: 1, memory: 1}, {pid: 2, memory: 1}}, []int64{1, 2}})
}

func TestTiesOfOnePIDBreakByCreationTime(t *testing.T) {
	ids := []process.ID{{PID: 7, Start: 2}, {PID: 7, Start: 1}}
	got := newRanking(Rank{K: 1}, Hysteresis{}).rank(field{
		values: []float64{1, 1}, stride: 1,
		id:     func(i int) process.ID { return ids[i] },
		column: func(i int) int { return i },
		find:   func(i int) (int, bool) { return i, true },
	})
	require.Len(t, got, 1)
	require.Equal(t, 1, got[0].unit)
}

func TestValuesThatAreNoNumbersRankLast(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1} {
		for _, metric := range []string{"cpu", "memory"} {
			t.Run(fmt.Sprint(metric, bad), func(t *testing.T) {
				worst := ps{pid: 1, cpu: bad, memory: bad}
				tell(t, top(metric, 1), scrape{[]ps{worst, {pid: 2}}, []int64{2}})
			})
		}
	}
}

// Values beyond what a number can be, and rates beyond it, are bad ones.
func TestInfiniteRatesDoNotRankFirst(t *testing.T) {
	twice := func(second int, huge float64, others ...ps) pmetric.Metrics {
		md := at(second, append([]ps{{pid: 1, begun: 1, cpu: huge}}, others...)...)
		user := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints()
		system := user.AppendEmpty()
		user.At(0).CopyTo(system)
		system.Attributes().PutStr("state", "system")
		return md
	}
	p, sink := run(t, func(c *Config) { top("cpu", 1)(c); c.StateLimit, c.HalfLife = 2, 30*time.Second })
	for i, huge := range []float64{1.7e308, 0, 1.7e308, 1} {
		require.Equal(t, []int64{2}, kept(push(t, p, sink, twice(1000+10*i, huge, ps{pid: 2, begun: 1, cpu: float64(100 + i)}))), "scrape %d", i+1)
	}
	out := push(t, p, sink, twice(1040, 1, ps{pid: 2, begun: 1, cpu: 104}, ps{pid: 3, critical: true}))
	require.ElementsMatch(t, []int64{2, 3}, kept(out), "the other one gave way")
}

func TestAveragesAreNumbers(t *testing.T) {
	for _, halfLife := range []time.Duration{0, 30 * time.Second} {
		r := newRates(1, halfLife)
		for _, increase := range []float64{1.7e308, math.MaxFloat64, 0, math.MaxFloat64} {
			got := r.average(0, 0, increase, 0.5)
			require.False(t, math.IsNaN(got) || math.IsInf(got, 0), "%v", got)
		}
		require.Positive(t, r.latest(0))
	}
}

// A scraper that cannot read a creation time says now. What a process used in
// its life is not the rate of a moment, neither in that scrape nor later.
func TestACreationTimeThatIsNowDoesNotRankFirst(t *testing.T) {
	for name, c := range map[string]struct{ appears, now int }{
		"in the first scrape":      {0, 0},
		"when it appears":          {2, 2},
		"when it is known already": {0, 3},
	} {
		for _, age := range []time.Duration{0, time.Nanosecond, time.Millisecond, 99 * time.Millisecond} {
			t.Run(fmt.Sprint(name, ", older by ", age), func(t *testing.T) {
				p, sink := run(t, func(c *Config) { top("cpu", 1)(c); c.HalfLife = 30 * time.Second })
				for i := range 6 {
					processes := []ps{{pid: 1, begun: 1, cpu: float64(900 + 10*i)}, {pid: 2, begun: 1, cpu: 500}}
					if i < c.appears {
						processes = processes[:1]
					}
					md := at(1000+10*i, processes...)
					if i == c.now {
						created(md, 1, int64(1000+10*i)*1e9-int64(age))
					}
					require.Equal(t, []int64{1}, kept(push(t, p, sink, md)), "scrape %d", i+1)
				}
			})
		}
	}
}

// created sets the creation time of a batch's i-th process, in nanoseconds.
func created(md pmetric.Metrics, i int, at int64) pmetric.Metrics {
	for _, m := range md.ResourceMetrics().At(i).ScopeMetrics().At(0).Metrics().All() {
		for _, dp := range m.Sum().DataPoints().All() {
			dp.SetStartTimestamp(pcommon.Timestamp(at))
		}
	}
	return md
}

// A process all of whose values are refused is not there to be kept, not even
// as a critical one.
func TestAProcessWithoutAValueIsNotWritten(t *testing.T) {
	p, sink := run(t, top("memory", 1))
	md := at(1000, ps{pid: 1, critical: true, cpu: math.NaN()}, ps{pid: 2})
	md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().RemoveIf(func(m pmetric.Metric) bool { return m.Name() != "process.cpu.time" })
	out := push(t, p, sink, md)
	require.Equal(t, 2, out.ResourceMetrics().Len(), "process 2 and _other_")
	require.Equal(t, []int64{2}, kept(out))
	require.Equal(t, 2, push(t, p, sink, at(1010, ps{pid: 2})).ResourceMetrics().Len(), "nothing ends")
}

func TestTheTrueTopIsKeptAtOnce(t *testing.T) {
	tell(t, func(c *Config) { top("memory", 1)(c); c.Hysteresis = Hysteresis{Margin: 0.2, Hold: 3} },
		scrape{[]ps{{pid: 1, memory: 100}, {pid: 2, memory: 50}}, []int64{1}},
		scrape{[]ps{{pid: 1, memory: 10}, {pid: 2, memory: 50}}, []int64{2}})
}

func TestADisplacedMemberStaysWithinTheMarginForHoldScrapes(t *testing.T) {
	near := []ps{{pid: 1, memory: 88}, {pid: 2, memory: 110}} // 0.8 × 110
	tell(t, func(c *Config) { top("memory", 1)(c); c.Hysteresis = Hysteresis{Margin: 0.2, Hold: 2} },
		scrape{[]ps{{pid: 1, memory: 100}, {pid: 2, memory: 50}}, []int64{1}},
		scrape{near, []int64{1, 2}},
		scrape{near, []int64{1, 2}},
		scrape{near, []int64{2}},
		scrape{near, []int64{2}})
}

func TestADisplacedMemberBelowTheMarginLeavesAtOnce(t *testing.T) {
	tell(t, func(c *Config) { top("memory", 1)(c); c.Hysteresis = Hysteresis{Margin: 0.2, Hold: 2} },
		scrape{[]ps{{pid: 1, memory: 100}, {pid: 2, memory: 50}}, []int64{1}},
		scrape{[]ps{{pid: 1, memory: 87}, {pid: 2, memory: 110}}, []int64{2}})
}

func TestAtMostKDisplacedMembersStay(t *testing.T) {
	tell(t, func(c *Config) { top("memory", 1)(c); c.Hysteresis = Hysteresis{Margin: 0.5, Hold: 9} },
		scrape{[]ps{{pid: 1, memory: 100}, {pid: 2, memory: 90}, {pid: 3, memory: 90}}, []int64{1}},
		scrape{[]ps{{pid: 1, memory: 100}, {pid: 2, memory: 110}, {pid: 3, memory: 90}}, []int64{1, 2}},
		scrape{[]ps{{pid: 1, memory: 100}, {pid: 2, memory: 110}, {pid: 3, memory: 120}}, []int64{2, 3}})
}

func TestDisplacedMembersAreTheFirstToGoUnderTheCeiling(t *testing.T) {
	story := []scrape{
		{[]ps{{pid: 1, memory: 100}, {pid: 2, memory: 90}}, []int64{1}},
		{[]ps{{pid: 1, memory: 100}, {pid: 2, memory: 110}}, []int64{1, 2}},
	}
	ceiling := func(most int) func(*Config) {
		return func(c *Config) {
			top("memory", 1)(c)
			c.Hysteresis, c.MaxSeries = Hysteresis{Margin: 0.5, Hold: 9}, most
		}
	}
	tell(t, ceiling(7), story...)
	story[1].want = []int64{2}
	tell(t, ceiling(6), story...)
}

// A displaced member goes before anyone who is of the true top K by another
// metric, whatever their ranks.
func TestADisplacedMemberGivesWayToTheTopOfAnotherMetric(t *testing.T) {
	both := func(c *Config) {
		top("memory", 1)(c)
		c.RankBy = append(c.RankBy, Rank{Metric: "cpu", K: 3})
		c.Hysteresis, c.MaxSeries = Hysteresis{Margin: 0.5, Hold: 9}, 11
	}
	tell(t, both,
		scrape{[]ps{{pid: 1, begun: 1, memory: 100}}, []int64{1}},
		scrape{[]ps{{pid: 1, begun: 1, memory: 100}, {pid: 2, begun: 1, memory: 110}, {pid: 3, begun: 1, cpu: 9}, {pid: 4, begun: 1, cpu: 8}, {pid: 5, begun: 1, cpu: 7}}, []int64{2, 3, 4, 5}})
}

func TestBelowMinNothingRanks(t *testing.T) {
	tell(t, func(c *Config) { c.RankBy = []Rank{{Metric: "cpu", K: 5, Min: 0.1}} },
		scrape{[]ps{{pid: 1, begun: 1, cpu: 100}, {pid: 2, begun: 1, cpu: 99}}, []int64{1}})
}

func TestShorthandsKnowBothConventions(t *testing.T) {
	for _, c := range []struct {
		rank, metric, key string
		counts            []string
		other             string
	}{
		{"cpu", "process.cpu.time", "state", []string{"user", "system"}, "wait"},
		{"cpu", "process.cpu.time", "cpu.mode", []string{"user", "system"}, "wait"},
		{"disk_io", "process.disk.io", "direction", []string{"read", "write"}, "discard"},
		{"disk_io", "process.disk.io", "disk.io.direction", []string{"read", "write"}, "discard"},
	} {
		for _, value := range c.counts {
			md := at(1000, ps{pid: 1}, ps{pid: 2})
			for _, rm := range md.ResourceMetrics().All() {
				rm.ScopeMetrics().At(0).Metrics().RemoveIf(func(pmetric.Metric) bool { return true })
			}
			addCounter(md.ResourceMetrics().At(0), c.metric, c.key, c.other, 100)
			addCounter(md.ResourceMetrics().At(1), c.metric, c.key, value, 1)
			p, sink := run(t, top(c.rank, 1))
			require.Equal(t, []int64{2}, kept(push(t, p, sink, md)), "%s=%s", c.key, value)
		}
	}
}

// Rule 2: the ceiling.

func TestOtherIsReservedFirstThenCriticalThenTheBestRank(t *testing.T) {
	story := func(want ...int64) scrape {
		return scrape{[]ps{{pid: 1, memory: 3}, {pid: 2, memory: 2}, {pid: 3, memory: 1}, {pid: 4, critical: true}}, want}
	}
	for most, want := range map[int][]int64{
		4:  {4},
		5:  {4},
		6:  {4},
		7:  {4, 1},
		9:  {4, 1, 2},
		11: {4, 1, 2, 3},
	} {
		tell(t, func(c *Config) { top("memory", 4)(c); c.MaxSeries = most }, story(want...))
	}
}

func TestTheBestRankInAnyDimensionCounts(t *testing.T) {
	both := func(c *Config) {
		c.RankBy, c.MaxSeries = []Rank{{Metric: "cpu", K: 2}, {Metric: "memory", K: 2}}, 7
	}
	tell(t, both, scrape{
		[]ps{{pid: 1, cpu: 9, memory: 1}, {pid: 2, cpu: 8, memory: 2}, {pid: 3, cpu: 1, memory: 9}, {pid: 4, cpu: 2, memory: 8}},
		[]int64{1, 3},
	})
}

func TestOtherThatDoesNotFitIsWithheldAndItsGrowthWaits(t *testing.T) {
	p, sink := run(t, func(c *Config) { top("memory", 1)(c); c.MaxSeries = 2 })
	push(t, p, sink, at(1000, ps{pid: 1, memory: 9}, ps{pid: 2, cpu: 1}))
	out := push(t, p, sink, at(1010, ps{pid: 1, memory: 9}, ps{pid: 2, cpu: 4}))
	require.Equal(t, []int64{1}, kept(out))
	require.Empty(t, rest(out))
	for _, h := range p.hosts {
		require.InDelta(t, 3, h.in.Ledger.Waits(0).Float, 0)
	}
}

func TestCriticalProcessesAloneMayExceedTheCeiling(t *testing.T) {
	logs := watched(t, func(c *Config) { top("memory", 1)(c); c.MaxSeries = 4 }, func(p *topk, sink *consumertest.MetricsSink) {
		for i := range 12 { // 110 seconds
			out := push(t, p, sink, at(1000+10*i, ps{pid: 1, memory: 9}, ps{pid: 2, critical: true}, ps{pid: 3, critical: true}))
			require.Equal(t, []int64{2, 3}, kept(out))
			time.Sleep(10 * time.Second)
		}
	})
	require.Equal(t, []string{
		"critical processes alone exceed max_series; raise it, or narrow the conditions",
		"critical processes alone exceed max_series; raise it, or narrow the conditions",
	}, messages(logs, zap.WarnLevel))
	require.EqualValues(t, 3, logs.FilterLevelExact(zap.WarnLevel).All()[0].ContextMap()["exceeded_by"])
}

// Rule 3: what is emitted can be counted.

// Sums over an attribute that is dropped would not add up if _other_ had it.
func TestOtherLosesTheDroppedAttributesToo(t *testing.T) {
	p, sink := run(t, func(c *Config) { c.DropAttributes = []string{"host.name"} })
	out := push(t, p, sink, at(10, ps{pid: 1, name: "a", memory: 1}, ps{pid: 2, name: "b"}))
	for _, rm := range out.ResourceMetrics().All() {
		require.NotContains(t, rm.Resource().Attributes().AsRaw(), "host.name")
	}
}

func TestACounterSaturates(t *testing.T) {
	p, sink := run(t, top("cpu", 1))
	last := 0.0
	for i, v := range []float64{0, math.MaxFloat64, 1, math.MaxFloat64, 1} {
		for _, s := range samples(push(t, p, sink, at(1000+10*i, ps{pid: 1, begun: 1, cpu: v})))[0] {
			if s.monotonic {
				require.GreaterOrEqual(t, s.value, last)
				require.LessOrEqual(t, s.value, math.MaxFloat64)
				last = s.value
			}
		}
	}
}

// Rule 7: bounded.

func TestAProcessMissingFromThreeScrapesIsForgotten(t *testing.T) {
	p, sink := run(t, nil)
	push(t, p, sink, at(1000, ps{pid: 1}, ps{pid: 2}))
	for i, tracked := range []int{2, 2, 1, 1} {
		push(t, p, sink, at(1010+10*i, ps{pid: 1}))
		require.Equal(t, tracked, p.reader.Tracked(), "missing from %d scrapes", i+1)
	}
}

func TestBeyondTheStateLimitProcessesAddToLevelsOnly(t *testing.T) {
	p, sink := run(t, func(c *Config) { top("memory", 1)(c); c.StateLimit = 2 })
	all := func(cpu float64) []ps {
		return []ps{{pid: 1, cpu: cpu, memory: 4}, {pid: 2, cpu: cpu, memory: 2}, {pid: 3, cpu: cpu, memory: 1}}
	}
	push(t, p, sink, at(1000, all(0)...))
	out := push(t, p, sink, at(1010, all(5)...))
	require.Equal(t, []int64{1}, kept(out))
	require.Equal(t, map[string]float64{"process.cpu.time": 5, "process.memory.usage": 3, "process.count": 2}, rest(out))
	require.Equal(t, 2, p.reader.Tracked())
}

func TestANewCriticalProcessEvictsTheLowestRanked(t *testing.T) {
	limited := func(c *Config) { top("cpu", 1)(c); c.StateLimit = 2 }
	busy, idle := ps{pid: 1, begun: 1, cpu: 100}, ps{pid: 2, begun: 1, cpu: 1}
	tell(t, limited,
		scrape{[]ps{busy, idle}, []int64{1}},
		scrape{[]ps{busy, idle, {pid: 3, critical: true}}, []int64{1, 3}},
		scrape{[]ps{busy, idle, {pid: 3, critical: true}}, []int64{1, 3}})
}

func TestACriticalEntryProtectsItsOldestProcesses(t *testing.T) {
	logs := watched(t, func(c *Config) { top("memory", 1)(c); c.Critical[0].MaxProcesses = 2 }, func(p *topk, sink *consumertest.MetricsSink) {
		out := push(t, p, sink, at(
			1000,
			ps{pid: 1, begun: 30, critical: true},
			ps{pid: 2, begun: 10, critical: true},
			ps{pid: 3, begun: 20, critical: true},
			ps{pid: 4, begun: 40, critical: true, memory: 1},
		))
		require.Equal(t, []int64{2, 3, 4}, kept(out), "the fourth by its rank")
	})
	require.Equal(t, []string{
		"more processes meet a critical entry than it protects; those beyond rank like any other, unless a later entry protects them. Match on process.owner or process.executable.path too, or raise max_processes",
	}, messages(logs, zap.WarnLevel))
	require.EqualValues(t, 2, logs.FilterLevelExact(zap.WarnLevel).All()[0].ContextMap()["beyond"])
}

// Processes that only meet an earlier entry take no place from one that meets a
// later one, too.
func TestAnEntryDoesNotHideALaterOne(t *testing.T) {
	p, sink := run(t, func(c *Config) {
		top("memory", 1)(c)
		c.RankBy[0].Min = 1 // nothing ranks
		c.Critical = critical.List{named("java", 2), {Name: "kafka", Conditions: []string{`resource.attributes["process.owner"] == "kafka"`}}}
	})
	for i := range 3 {
		md := at(1000+10*i, ps{pid: 1, name: "java", begun: 10}, ps{pid: 2, name: "java", begun: 10}, ps{pid: 3, name: "java", begun: 500}, ps{pid: 4, name: "java", begun: 500})
		md.ResourceMetrics().At(2).Resource().Attributes().PutStr("process.owner", "kafka")
		require.Equal(t, []int64{1, 2, 3}, kept(push(t, p, sink, md)))
	}
}

func TestAnEntryThatMatchesByNameAloneIsWarnedAbout(t *testing.T) {
	for condition, warned := range map[string]bool{
		`resource.attributes["process.executable.name"] == "nginx"`:           true,
		`resource.attributes["process.executable.path"] == "/usr/sbin/nginx"`: false,
		`resource.attributes["process.owner"] == "postgres"`:                  false,
		`IsMatch(resource.attributes["process.cgroup"], "^/kafka")`:           false,
		`IsMatch(resource.attributes["process.command_line"], "kafka.Kafka")`: true,
		`resource.attributes["process.command"] == "nginx"`:                   true,
		`resource.attributes["process.pid"] == 17`:                            true,
	} {
		core, logs := observer.New(zapcore.WarnLevel)
		set := settings()
		set.Logger = zap.New(core)
		start(t, set, func(c *Config) {
			c.Critical = critical.List{{Name: "c", Conditions: []string{condition}}}
		}, new(consumertest.MetricsSink))
		require.Equal(t, warned, logs.Len() == 1, condition)
	}
}

// Rule 8: explainable.

func TestExplainAnswersByPIDNameAndTime(t *testing.T) {
	p, sink := run(t, top("memory", 1))
	push(t, p, sink, at(1000, ps{pid: 1, name: "a", memory: 9}, ps{pid: 2, name: "b", memory: 5}))
	push(t, p, sink, at(1010, ps{pid: 1, name: "a", memory: 4}, ps{pid: 2, name: "b", memory: 5}))
	in := process.Transition{Time: 1010e9, ID: process.ID{PID: 2}, Name: "b", Kept: true, Rule: ruleRank, Subject: "memory", Value: 5, Rank: 1, Threshold: 5}
	first := process.Transition{Time: 1000e9, ID: process.ID{PID: 1}, Name: "a", Kept: true, Rule: ruleRank, Subject: "memory", Value: 9, Rank: 1, Threshold: 9}
	explain := func(q process.Query) []process.Transition { return p.Explain("web-1", q, time.Unix(1020, 0)) }

	require.Equal(t, []process.Transition{in}, explain(process.Query{PID: 2}))
	require.Equal(t, []process.Transition{in}, explain(process.Query{Name: "b"}))
	require.Equal(t, []process.Transition{first}, explain(process.Query{Before: 1005e9}))
	require.Len(t, explain(process.Query{}), 3, "and a left")
	require.Empty(t, p.Explain("web-2", process.Query{}, time.Unix(1020, 0)), "another host")
	require.Empty(t, p.Explain("web-1", process.Query{}, time.Unix(1020, 0).Add(process.HistoryAge)), "a day later")
}

func TestALeftProcessIsExplainedByItsValueAndTheThreshold(t *testing.T) {
	p, sink := run(t, top("memory", 1))
	push(t, p, sink, at(1000, ps{pid: 1, name: "a", memory: 9}, ps{pid: 2, name: "b", memory: 5}))
	push(t, p, sink, at(1010, ps{pid: 1, name: "a", memory: 4}, ps{pid: 2, name: "b", memory: 5}))
	out := p.Explain("web-1", process.Query{PID: 1}, time.Unix(1020, 0))[0]
	require.Equal(t, process.Transition{
		Time: 1010e9, ID: process.ID{PID: 1}, Name: "a", Kept: false, Rule: ruleBelow,
		Subject: "memory", Value: 4, Threshold: 5,
	}, out)
}

func TestTransitionsAreLoggedUpToARate(t *testing.T) {
	logs := watched(t, top("memory", 1000), func(p *topk, sink *consumertest.MetricsSink) {
		many := make([]ps, 400)
		for i := range many {
			many[i].pid = int64(i + 1)
		}
		push(t, p, sink, at(1000, many...))
		time.Sleep(time.Second)
		push(t, p, sink, at(1010, ps{pid: 1000}))
	})
	transitions := logs.FilterMessage("process transition").All()
	require.Len(t, transitions, transitionsAtOnce+1)
	require.EqualValues(t, 0, transitions[0].ContextMap()["withheld"])
	require.EqualValues(t, 400-transitionsAtOnce, transitions[transitionsAtOnce].ContextMap()["withheld"])
	require.Subset(t, transitions[0].ContextMap(), map[string]any{"host": "web-1", "pid": int32(1), "kept": true, "rule": "rank", "subject": "memory"})
}

// Rule 9: batches are only read.

func TestTheInputIsNotChanged(t *testing.T) {
	p, sink := run(t, top("memory", 1))
	require.False(t, p.Capabilities().MutatesData)
	md, before := at(1000, ps{pid: 1}, ps{pid: 2}), pmetric.NewMetrics()
	md.CopyTo(before)
	out := push(t, p, sink, md)
	require.Equal(t, before, md)
	out.ResourceMetrics().At(0).Resource().Attributes().PutStr("process.executable.name", "changed behind it")
	require.Equal(t, before, md, "what goes on is a batch of its own")
}

func TestADroppedPointDoesNotAllocate(t *testing.T) {
	require.InDelta(t, allocations(t, 1, 100), allocations(t, 1, 1100), 2, "a thousand processes of ten points more")
}

func TestAnEmittedPointAllocatesLittle(t *testing.T) {
	more := allocations(t, 501, 1000) - allocations(t, 1, 1000)
	require.LessOrEqual(t, more/(500*10), 8.0)
}

// allocations returns how many a scrape of this many processes makes of which
// the first k are kept. A process has ten points.
func allocations(t *testing.T, k, processes int) float64 {
	p, _ := run(t, top("memory", k))
	p.next = consumertest.NewNop()
	many := make([]ps, processes)
	for i := range many {
		many[i] = ps{pid: int64(i + 1), memory: float64(i)}
	}
	md := at(1000, many...)
	for _, rm := range md.ResourceMetrics().All() {
		for _, name := range []string{"process.disk.io", "process.disk.operations", "process.network.io", "process.paging.faults"} {
			addCounter(rm, name, "direction", "read", 5)
			addCounter(rm, name, "direction", "write", 5)
		}
	}
	consume := func() {
		require.NoError(t, p.ConsumeMetrics(context.Background(), md))
		later(md)
	}
	for range 5 { // the first scrapes make room
		consume()
	}
	return testing.AllocsPerRun(20, consume)
}

// addCounter gives a process another point of a counter, of its last metric if
// that has the name.
func addCounter(rm pmetric.ResourceMetrics, name, key, value string, v int64) {
	ms := rm.ScopeMetrics().At(0).Metrics()
	if ms.Len() == 0 || ms.At(ms.Len()-1).Name() != name {
		sumOf(ms, name, "By", true)
	}
	dp := point(ms.At(ms.Len()-1).Sum().DataPoints(), 1e9, 1000e9)
	dp.Attributes().PutStr(key, value)
	put(dp, v)
}

// later moves a batch on by ten seconds.
func later(md pmetric.Metrics) {
	for _, rm := range md.ResourceMetrics().All() {
		for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
			for _, dp := range m.Sum().DataPoints().All() {
				dp.SetTimestamp(dp.Timestamp() + pcommon.Timestamp(10*time.Second))
			}
		}
	}
}

// What the input has wrong is said, and not too often.

func TestAHostInPiecesIsWarnedAboutOnceAMinute(t *testing.T) {
	logs := watched(t, nil, func(p *topk, sink *consumertest.MetricsSink) {
		for i := range 13 { // 60 seconds
			piece := int64(i % 2 * 2)
			push(t, p, sink, at(1000+5*i, ps{pid: 1 + piece}, ps{pid: 2 + piece}))
			time.Sleep(5 * time.Second)
		}
	})
	warning := "the processes of a host come in pieces; put this processor at the host, before anything that batches"
	require.Equal(t, []string{warning}, messages(logs, zap.WarnLevel))
}

func TestARankMetricThatNobodyHasIsReportedOnce(t *testing.T) {
	warning := "a rank metric was in none of the scrapes so far, nothing is kept by it; enable it in the receiver, or correct rank_by"
	logs := watched(t, top("process.threads", 1), func(p *topk, sink *consumertest.MetricsSink) {
		for i := range 6 {
			push(t, p, sink, at(1000+10*i, ps{pid: 1}))
		}
	})
	require.Equal(t, []string{warning}, messages(logs, zap.WarnLevel))
	require.Subset(t, logs.FilterMessage(warning).All()[0].ContextMap(), map[string]any{"metric": "process.threads", "scrapes": int64(3)})
}

func TestNothingGoesOnOfABatchThatIsLateAsAWhole(t *testing.T) {
	p, sink := run(t, nil)
	push(t, p, sink, at(1000, ps{pid: 1}))
	sink.Reset()
	require.NoError(t, p.ConsumeMetrics(context.Background(), at(1000, ps{pid: 1})))
	require.Empty(t, sink.AllMetrics())
}

// watched runs a story on a clock of its own and returns what was logged from
// the first scrape on.
func watched(t *testing.T, change func(*Config), story func(*topk, *consumertest.MetricsSink)) *observer.ObservedLogs {
	t.Helper()
	core, logs := observer.New(zapcore.InfoLevel)
	synctest.Test(t, func(t *testing.T) {
		set, sink := settings(), new(consumertest.MetricsSink)
		set.Logger = zap.New(core)
		p := start(t, set, change, sink)
		logs.TakeAll()
		story(p, sink)
	})
	return logs
}

func messages(logs *observer.ObservedLogs, level zapcore.Level) (all []string) {
	for _, entry := range logs.FilterLevelExact(level).All() {
		all = append(all, entry.Message)
	}
	return all
}
