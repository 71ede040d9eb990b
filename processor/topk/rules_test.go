package topk

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// Rule 1: rank on the change, not on the lifetime.

func TestTheFirstScrapeRanksByTheAverageSinceTheStart(t *testing.T) {
	tell(t, top("cpu", 1),
		scrape{[]ps{{PID: 1, Begun: 0, CPU: 100}, {PID: 2, Begun: 900, CPU: 50}}, []int64{2}})
}

func TestLaterScrapesRankByTheChange(t *testing.T) {
	tell(t, top("cpu", 1),
		scrape{[]ps{{PID: 1, Begun: 1, CPU: 900}, {PID: 2, Begun: 1, CPU: 1}}, []int64{1}},
		scrape{[]ps{{PID: 1, Begun: 1, CPU: 901}, {PID: 2, Begun: 1, CPU: 3}}, []int64{2}})
}

func TestRatesAreExponentialAverages(t *testing.T) {
	story := []scrape{
		{[]ps{{PID: 1, Begun: 990, CPU: 10}, {PID: 2, Begun: 990}}, []int64{1}},
		{[]ps{{PID: 1, Begun: 990, CPU: 10}, {PID: 2, Begun: 990, CPU: 9}}, []int64{1}}, // 0.5 and 0.45 cores
		{[]ps{{PID: 1, Begun: 990, CPU: 10}, {PID: 2, Begun: 990, CPU: 9}}, []int64{1}},
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
		scrape{[]ps{{PID: 3, Memory: 1}, {PID: 1, Memory: 1}, {PID: 2, Memory: 1}}, []int64{1, 2}})
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
				worst := ps{PID: 1, CPU: bad, Memory: bad}
				tell(t, top(metric, 1), scrape{[]ps{worst, {PID: 2}}, []int64{2}})
			})
		}
	}
}

// Values beyond what a number can be, and rates beyond it, are bad ones.
func TestInfiniteRatesDoNotRankFirst(t *testing.T) {
	twice := func(second int, huge float64, others ...ps) pmetric.Metrics {
		md := at(second, append([]ps{{PID: 1, Begun: 1, CPU: huge}}, others...)...)
		user := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints()
		system := user.AppendEmpty()
		user.At(0).CopyTo(system)
		system.Attributes().PutStr("state", "system")
		return md
	}
	p, sink := run(t, func(c *Config) { top("cpu", 1)(c); c.StateLimit, c.HalfLife = 2, 30*time.Second })
	for i, huge := range []float64{1.7e308, 0, 1.7e308, 1} {
		require.Equal(t, []int64{2}, kept(push(t, p, sink, twice(1000+10*i, huge, ps{PID: 2, Begun: 1, CPU: float64(100 + i)}))), "scrape %d", i+1)
	}
	out := push(t, p, sink, twice(1040, 1, ps{PID: 2, Begun: 1, CPU: 104}, ps{PID: 3, Critical: true}))
	require.ElementsMatch(t, []int64{2, 3}, kept(out), "the other one gave way")
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
					processes := []ps{{PID: 1, Begun: 1, CPU: float64(900 + 10*i)}, {PID: 2, Begun: 1, CPU: 500}}
					if i < c.appears {
						processes = processes[:1]
					}
					md := at(1000+10*i, processes...)
					if i == c.now {
						processtest.Created(md, 1, int64(1000+10*i)*1e9-int64(age))
					}
					require.Equal(t, []int64{1}, kept(push(t, p, sink, md)), "scrape %d", i+1)
				}
			})
		}
	}
}

// A process all of whose values are refused is not there to be kept, not even
// as a critical one.
func TestAProcessWithoutAValueIsNotWritten(t *testing.T) {
	p, sink := run(t, top("memory", 1))
	md := at(1000, ps{PID: 1, Critical: true, CPU: math.NaN()}, ps{PID: 2})
	md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().RemoveIf(func(m pmetric.Metric) bool { return m.Name() != "process.cpu.time" })
	out := push(t, p, sink, md)
	require.Equal(t, 2, out.ResourceMetrics().Len(), "process 2 and _other_")
	require.Equal(t, []int64{2}, kept(out))
	require.Equal(t, 2, push(t, p, sink, at(1010, ps{PID: 2})).ResourceMetrics().Len(), "nothing ends")
}

func TestTheTrueTopIsKeptAtOnce(t *testing.T) {
	tell(t, func(c *Config) { top("memory", 1)(c); c.Hysteresis = Hysteresis{Margin: 0.2, Hold: 3} },
		scrape{[]ps{{PID: 1, Memory: 100}, {PID: 2, Memory: 50}}, []int64{1}},
		scrape{[]ps{{PID: 1, Memory: 10}, {PID: 2, Memory: 50}}, []int64{2}})
}

func TestADisplacedMemberStaysWithinTheMarginForHoldScrapes(t *testing.T) {
	near := []ps{{PID: 1, Memory: 88}, {PID: 2, Memory: 110}} // 0.8 × 110
	tell(t, func(c *Config) { top("memory", 1)(c); c.Hysteresis = Hysteresis{Margin: 0.2, Hold: 2} },
		scrape{[]ps{{PID: 1, Memory: 100}, {PID: 2, Memory: 50}}, []int64{1}},
		scrape{near, []int64{1, 2}},
		scrape{near, []int64{1, 2}},
		scrape{near, []int64{2}},
		scrape{near, []int64{2}})
}

func TestADisplacedMemberBelowTheMarginLeavesAtOnce(t *testing.T) {
	tell(t, func(c *Config) { top("memory", 1)(c); c.Hysteresis = Hysteresis{Margin: 0.2, Hold: 2} },
		scrape{[]ps{{PID: 1, Memory: 100}, {PID: 2, Memory: 50}}, []int64{1}},
		scrape{[]ps{{PID: 1, Memory: 87}, {PID: 2, Memory: 110}}, []int64{2}})
}

func TestAtMostKDisplacedMembersStay(t *testing.T) {
	tell(t, func(c *Config) { top("memory", 1)(c); c.Hysteresis = Hysteresis{Margin: 0.5, Hold: 9} },
		scrape{[]ps{{PID: 1, Memory: 100}, {PID: 2, Memory: 90}, {PID: 3, Memory: 90}}, []int64{1}},
		scrape{[]ps{{PID: 1, Memory: 100}, {PID: 2, Memory: 110}, {PID: 3, Memory: 90}}, []int64{1, 2}},
		scrape{[]ps{{PID: 1, Memory: 100}, {PID: 2, Memory: 110}, {PID: 3, Memory: 120}}, []int64{2, 3}})
}

func TestDisplacedMembersAreTheFirstToGoUnderTheCeiling(t *testing.T) {
	story := []scrape{
		{[]ps{{PID: 1, Memory: 100}, {PID: 2, Memory: 90}}, []int64{1}},
		{[]ps{{PID: 1, Memory: 100}, {PID: 2, Memory: 110}}, []int64{1, 2}},
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
		scrape{[]ps{{PID: 1, Begun: 1, Memory: 100}}, []int64{1}},
		scrape{[]ps{{PID: 1, Begun: 1, Memory: 100}, {PID: 2, Begun: 1, Memory: 110}, {PID: 3, Begun: 1, CPU: 9}, {PID: 4, Begun: 1, CPU: 8}, {PID: 5, Begun: 1, CPU: 7}}, []int64{2, 3, 4, 5}})
}

func TestBelowMinNothingRanks(t *testing.T) {
	tell(t, func(c *Config) { c.RankBy = []Rank{{Metric: "cpu", K: 5, Min: 0.1}} },
		scrape{[]ps{{PID: 1, Begun: 1, CPU: 100}, {PID: 2, Begun: 1, CPU: 99}}, []int64{1}})
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
			md := at(1000, ps{PID: 1}, ps{PID: 2})
			for _, rm := range md.ResourceMetrics().All() {
				rm.ScopeMetrics().At(0).Metrics().RemoveIf(func(pmetric.Metric) bool { return true })
			}
			processtest.AddCounter(md.ResourceMetrics().At(0), c.metric, c.key, c.other, 100)
			processtest.AddCounter(md.ResourceMetrics().At(1), c.metric, c.key, value, 1)
			p, sink := run(t, top(c.rank, 1))
			require.Equal(t, []int64{2}, kept(push(t, p, sink, md)), "%s=%s", c.key, value)
		}
	}
}

// Rule 2: the ceiling.

func TestOtherIsReservedFirstThenCriticalThenTheBestRank(t *testing.T) {
	story := func(want ...int64) scrape {
		return scrape{[]ps{{PID: 1, Memory: 3}, {PID: 2, Memory: 2}, {PID: 3, Memory: 1}, {PID: 4, Critical: true}}, want}
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
		[]ps{{PID: 1, CPU: 9, Memory: 1}, {PID: 2, CPU: 8, Memory: 2}, {PID: 3, CPU: 1, Memory: 9}, {PID: 4, CPU: 2, Memory: 8}},
		[]int64{1, 3},
	})
}

func TestOtherThatDoesNotFitIsWithheldAndItsGrowthWaits(t *testing.T) {
	p, sink := run(t, func(c *Config) { top("memory", 1)(c); c.MaxSeries = 2 })
	push(t, p, sink, at(1000, ps{PID: 1, Memory: 9}, ps{PID: 2, CPU: 1}))
	out := push(t, p, sink, at(1010, ps{PID: 1, Memory: 9}, ps{PID: 2, CPU: 4}))
	require.Equal(t, []int64{1}, kept(out))
	require.Empty(t, rest(out))
	for _, h := range p.Hosts() {
		require.InDelta(t, 3, h.Scrape().Ledger.Waits(0).Float, 0)
	}
}

func TestCriticalProcessesAloneMayExceedTheCeiling(t *testing.T) {
	logs := watched(t, func(c *Config) { top("memory", 1)(c); c.MaxSeries = 4 }, func(p *thinning.Processor, sink *consumertest.MetricsSink) {
		for i := range 12 { // 110 seconds
			out := push(t, p, sink, at(1000+10*i, ps{PID: 1, Memory: 9}, ps{PID: 2, Critical: true}, ps{PID: 3, Critical: true}))
			require.Equal(t, []int64{2, 3}, kept(out))
			time.Sleep(10 * time.Second)
		}
	})
	require.Equal(t, []string{
		"critical processes alone exceed max_series; raise it, or narrow the conditions",
		"critical processes alone exceed max_series; raise it, or narrow the conditions",
	}, processtest.Messages(logs, zap.WarnLevel))
	require.EqualValues(t, 3, logs.FilterLevelExact(zap.WarnLevel).All()[0].ContextMap()["exceeded_by"])
}

// Rule 3: what is emitted can be counted.

// Sums over an attribute that is dropped would not add up if _other_ had it.
func TestOtherLosesTheDroppedAttributesToo(t *testing.T) {
	p, sink := run(t, func(c *Config) { c.DropAttributes = []string{"host.name"} })
	out := push(t, p, sink, at(10, ps{PID: 1, Name: "a", Memory: 1}, ps{PID: 2, Name: "b"}))
	for _, rm := range out.ResourceMetrics().All() {
		require.NotContains(t, rm.Resource().Attributes().AsRaw(), "host.name")
	}
}

func TestACounterSaturates(t *testing.T) {
	p, sink := run(t, top("cpu", 1))
	last := 0.0
	for i, v := range []float64{0, math.MaxFloat64, 1, math.MaxFloat64, 1} {
		for _, s := range processtest.Samples(push(t, p, sink, at(1000+10*i, ps{PID: 1, Begun: 1, CPU: v})))[0] {
			if s.Monotonic {
				require.GreaterOrEqual(t, s.Value, last)
				require.LessOrEqual(t, s.Value, math.MaxFloat64)
				last = s.Value
			}
		}
	}
}

// Rule 7: bounded.

func TestAProcessMissingFromThreeScrapesIsForgotten(t *testing.T) {
	p, sink := run(t, nil)
	push(t, p, sink, at(1000, ps{PID: 1}, ps{PID: 2}))
	for i, want := range []int{2, 2, 1, 1} {
		push(t, p, sink, at(1010+10*i, ps{PID: 1}))
		require.Equal(t, want, processtest.Tracked(p), "missing from %d scrapes", i+1)
	}
}

func TestBeyondTheStateLimitProcessesAddToLevelsOnly(t *testing.T) {
	p, sink := run(t, func(c *Config) { top("memory", 1)(c); c.StateLimit = 2 })
	all := func(cpu float64) []ps {
		return []ps{{PID: 1, CPU: cpu, Memory: 4}, {PID: 2, CPU: cpu, Memory: 2}, {PID: 3, CPU: cpu, Memory: 1}}
	}
	push(t, p, sink, at(1000, all(0)...))
	out := push(t, p, sink, at(1010, all(5)...))
	require.Equal(t, []int64{1}, kept(out))
	require.Equal(t, map[string]float64{"process.cpu.time": 5, "process.memory.usage": 3, "process.count": 2}, rest(out))
	require.Equal(t, 2, processtest.Tracked(p))
}

func TestANewCriticalProcessEvictsTheLowestRanked(t *testing.T) {
	limited := func(c *Config) { top("cpu", 1)(c); c.StateLimit = 2 }
	busy, idle := ps{PID: 1, Begun: 1, CPU: 100}, ps{PID: 2, Begun: 1, CPU: 1}
	tell(t, limited,
		scrape{[]ps{busy, idle}, []int64{1}},
		scrape{[]ps{busy, idle, {PID: 3, Critical: true}}, []int64{1, 3}},
		scrape{[]ps{busy, idle, {PID: 3, Critical: true}}, []int64{1, 3}})
}

func TestACriticalEntryProtectsItsOldestProcesses(t *testing.T) {
	logs := watched(t, func(c *Config) { top("memory", 1)(c); c.Critical[0].MaxProcesses = 2 }, func(p *thinning.Processor, sink *consumertest.MetricsSink) {
		out := push(t, p, sink, at(
			1000,
			ps{PID: 1, Begun: 30, Critical: true},
			ps{PID: 2, Begun: 10, Critical: true},
			ps{PID: 3, Begun: 20, Critical: true},
			ps{PID: 4, Begun: 40, Critical: true, Memory: 1},
		))
		require.Equal(t, []int64{2, 3, 4}, kept(out), "the fourth by its rank")
	})
	require.Equal(t, []string{
		"more processes meet a critical entry than it protects; those beyond are treated like any other, unless a later entry protects them. Match on process.owner or process.executable.path too, or raise max_processes",
	}, processtest.Messages(logs, zap.WarnLevel))
	require.EqualValues(t, 2, logs.FilterLevelExact(zap.WarnLevel).All()[0].ContextMap()["beyond"])
}

// Processes that only meet an earlier entry take no place from one that meets a
// later one, too.
func TestAnEntryDoesNotHideALaterOne(t *testing.T) {
	p, sink := run(t, func(c *Config) {
		top("memory", 1)(c)
		c.RankBy[0].Min = 1 // nothing ranks
		c.Critical = critical.List{processtest.Named("java", 2), {Name: "kafka", Conditions: []string{`resource.attributes["process.owner"] == "kafka"`}}}
	})
	for i := range 3 {
		md := at(1000+10*i, ps{PID: 1, Name: "java", Begun: 10}, ps{PID: 2, Name: "java", Begun: 10}, ps{PID: 3, Name: "java", Begun: 500}, ps{PID: 4, Name: "java", Begun: 500})
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
		set := settings()
		logs := processtest.Logs(&set, zap.WarnLevel)
		start(t, set, func(c *Config) {
			c.Critical = critical.List{{Name: "c", Conditions: []string{condition}}}
		}, new(consumertest.MetricsSink))
		require.Equal(t, warned, logs.Len() == 1, condition)
	}
}

// Rule 8: explainable.

func TestExplainAnswersByPIDNameAndTime(t *testing.T) {
	p, sink := run(t, top("memory", 1))
	push(t, p, sink, at(1000, ps{PID: 1, Name: "a", Memory: 9}, ps{PID: 2, Name: "b", Memory: 5}))
	push(t, p, sink, at(1010, ps{PID: 1, Name: "a", Memory: 4}, ps{PID: 2, Name: "b", Memory: 5}))
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
	push(t, p, sink, at(1000, ps{PID: 1, Name: "a", Memory: 9}, ps{PID: 2, Name: "b", Memory: 5}))
	push(t, p, sink, at(1010, ps{PID: 1, Name: "a", Memory: 4}, ps{PID: 2, Name: "b", Memory: 5}))
	out := p.Explain("web-1", process.Query{PID: 1}, time.Unix(1020, 0))[0]
	require.Equal(t, process.Transition{
		Time: 1010e9, ID: process.ID{PID: 1}, Name: "a", Kept: false, Rule: ruleBelow,
		Subject: "memory", Value: 4, Threshold: 5,
	}, out)
}

func TestTransitionsAreLoggedUpToARate(t *testing.T) {
	logs := watched(t, top("memory", 1000), func(p *thinning.Processor, sink *consumertest.MetricsSink) {
		many := make([]ps, 400)
		for i := range many {
			many[i].PID = int64(i + 1)
		}
		push(t, p, sink, at(1000, many...))
		time.Sleep(time.Second)
		push(t, p, sink, at(1010, ps{PID: 1000}))
	})
	const atOnce = 250 // more are let through only as time goes on
	transitions := logs.FilterMessage("process transition").All()
	require.Len(t, transitions, atOnce+1)
	require.EqualValues(t, 0, transitions[0].ContextMap()["withheld"])
	require.EqualValues(t, 400-atOnce, transitions[atOnce].ContextMap()["withheld"])
	require.Subset(t, transitions[0].ContextMap(), map[string]any{"host": "web-1", "pid": int32(1), "kept": true, "rule": "rank", "subject": "memory"})
}

// Rule 9: batches are only read.

func TestTheInputIsNotChanged(t *testing.T) {
	p, sink := run(t, top("memory", 1))
	require.False(t, p.Capabilities().MutatesData)
	md, before := at(1000, ps{PID: 1}, ps{PID: 2}), pmetric.NewMetrics()
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
	p := start(t, settings(), top("memory", k), consumertest.NewNop())
	many := make([]ps, processes)
	for i := range many {
		many[i] = ps{PID: int64(i + 1), Memory: float64(i)}
	}
	md := at(1000, many...)
	for _, rm := range md.ResourceMetrics().All() {
		for _, name := range []string{"process.disk.io", "process.disk.operations", "process.network.io", "process.paging.faults"} {
			processtest.AddCounter(rm, name, "direction", "read", 5)
			processtest.AddCounter(rm, name, "direction", "write", 5)
		}
	}
	consume := func() {
		require.NoError(t, p.ConsumeMetrics(context.Background(), md))
		processtest.Later(md)
	}
	for range 5 { // the first scrapes make room
		consume()
	}
	return testing.AllocsPerRun(20, consume)
}

// What the input has wrong is said, and not too often.

func TestAHostInPiecesIsWarnedAboutOnceAMinute(t *testing.T) {
	logs := watched(t, nil, func(p *thinning.Processor, sink *consumertest.MetricsSink) {
		for i := range 13 { // 60 seconds
			piece := int64(i % 2 * 2)
			push(t, p, sink, at(1000+5*i, ps{PID: 1 + piece}, ps{PID: 2 + piece}))
			time.Sleep(5 * time.Second)
		}
	})
	warning := "the processes of a host come in pieces; put this processor at the host, before anything that batches"
	require.Equal(t, []string{warning}, processtest.Messages(logs, zap.WarnLevel))
}

func TestARankMetricThatNobodyHasIsReportedOnce(t *testing.T) {
	warning := "a metric that processes are chosen by was in none of the scrapes so far, nothing is kept by it; enable it in the receiver, or do not choose by it"
	logs := watched(t, top("process.threads", 1), func(p *thinning.Processor, sink *consumertest.MetricsSink) {
		for i := range 6 {
			push(t, p, sink, at(1000+10*i, ps{PID: 1}))
		}
	})
	require.Equal(t, []string{warning}, processtest.Messages(logs, zap.WarnLevel))
	require.Subset(t, logs.FilterMessage(warning).All()[0].ContextMap(), map[string]any{"metric": "process.threads", "scrapes": int64(3)})
}

func TestNothingGoesOnOfABatchThatIsLateAsAWhole(t *testing.T) {
	p, sink := run(t, nil)
	push(t, p, sink, at(1000, ps{PID: 1}))
	sink.Reset()
	require.NoError(t, p.ConsumeMetrics(context.Background(), at(1000, ps{PID: 1})))
	require.Empty(t, sink.AllMetrics())
}
