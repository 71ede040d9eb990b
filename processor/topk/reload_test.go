package topk

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// Rule 6: a reload hands over.

// again shuts a processor down and makes the next one of the same id.
func again(t processtest.T, p *thinning.Processor, change func(*Config), sink *consumertest.MetricsSink) *thinning.Processor {
	t.Helper()
	require.NoError(t, p.Shutdown(context.Background()))
	set := settings()
	set.ID = component.MustNewIDWithName("topk", strings.TrimPrefix(p.ID(), "topk/"))
	return start(t, set, change, sink)
}

// with is a configuration with a change.
func with(of, change func(*Config)) func(*Config) {
	return func(c *Config) { of(c); change(c) }
}

// A change of the labels of _other_ that is taken back counts nothing twice: it
// begins at 0 under the former labels, as it did under the others.
func TestLabelsOfOtherThatComeBackCountNothingTwice(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"name":            func(c *Config) { c.Other.Name = "rest" },
		"drop_attributes": func(c *Config) { c.DropAttributes = []string{"process.test_critical", "host.name"} },
	} {
		t.Run(name, func(t *testing.T) {
			former := with(top("cpu", 1), func(c *Config) { c.DropAttributes = nil })
			p, sink := run(t, former)
			plain, believer := processtest.NewBackend(false), processtest.NewBackend(true)
			second, used := 1000, -13.0
			pass := func(scrapes int) {
				for range scrapes {
					second, used = second+10, used+13
					out := push(t, p, sink, at(second, ps{PID: 1, Name: "a", Begun: 1, CPU: 900 + 10*used/13}, ps{PID: 2, Name: "b", Begun: 1, CPU: 3 * used / 13}))
					plain.Take(out)
					believer.Take(out)
				}
			}
			counted := func(c *processtest.Backend) (sum float64) {
				for key, v := range c.Used {
					if strings.Contains(key, "process.cpu.time") {
						sum += v
					}
				}
				return sum
			}
			pass(3)
			for range 2 {
				p = again(t, p, with(former, change), sink)
				pass(5)
				p = again(t, p, former, sink)
				pass(5)
				require.InDelta(t, used, counted(plain), 1e-9)
				require.InDelta(t, used, counted(believer), 1e-9)
			}
		})
	}
}

// Put another processor in front that makes deltas of the counters, and _other_
// has one series of the name from the next scrape on; take it away again, and
// it has one again.
func TestOtherHasOneSeriesAfterAnotherTemporality(t *testing.T) {
	p, sink := run(t, top("memory", 1))
	for i, delta := range []bool{false, false, true, true, false, false} {
		if i > 0 && i%2 == 0 {
			p = again(t, p, top("memory", 1), sink)
		}
		md := at(1000+10*i, ps{PID: 1, Name: "a", Memory: 9, CPU: float64(i)}, ps{PID: 2, Name: "b", CPU: float64(i)})
		want := pmetric.AggregationTemporalityCumulative
		if delta {
			want = pmetric.AggregationTemporalityDelta
			for _, rm := range md.ResourceMetrics().All() {
				rm.ScopeMetrics().At(0).Metrics().At(0).Sum().SetAggregationTemporality(want)
			}
		}
		out := push(t, p, sink, md)
		if i%2 == 0 {
			continue
		}
		var got []pmetric.AggregationTemporality
		for _, rm := range out.ResourceMetrics().All() {
			if name, _ := rm.Resource().Attributes().Get("process.executable.name"); name.Str() != "_other_" {
				continue
			}
			for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
				if m.Name() == "process.cpu.time" {
					got = append(got, m.Sum().AggregationTemporality())
				}
			}
		}
		require.Equal(t, []pmetric.AggregationTemporality{want}, got, "scrape %d", i+1)
	}
}

// Other values for the same series begin anew: the counters, the account of
// _other_ and who is a member, but not the history. What is not kept any more
// ends.
func TestOtherValuesBeginAnewWithTheFormerHistory(t *testing.T) {
	raw := func(c *Config) { c.Counters = thinning.Raw }
	same := func(*Config) {}
	for name, c := range map[string]struct {
		first, then func(*Config)
	}{
		"counters raw to conserved": {raw, same},
		"counters conserved to raw": {same, raw},
	} {
		t.Run(name, func(t *testing.T) {
			base := top("memory", 1)
			p, sink := run(t, with(base, c.first))
			push(t, p, sink, at(1000, ps{PID: 1, Name: "a", Begun: 1, CPU: 100, Memory: 9}, ps{PID: 2, Name: "b", Begun: 1, CPU: 50, Memory: 5}))
			push(t, p, sink, at(1010, ps{PID: 1, Name: "a", Begun: 1, CPU: 130, Memory: 9}, ps{PID: 2, Name: "b", Begun: 1, CPU: 70, Memory: 5}))

			p = again(t, p, with(base, c.then), sink)
			require.Len(t, p.Explain("web-1", process.Query{PID: 1}, time.Unix(1015, 0)), 1, "before its host is met")
			out := push(t, p, sink, at(1020, ps{PID: 1, Name: "a", Begun: 1, CPU: 140, Memory: 4}, ps{PID: 2, Name: "b", Begun: 1, CPU: 80, Memory: 5}))
			require.Equal(t, []int64{2}, kept(out))
			require.Equal(t, map[string]int{"process.cpu.time": 1, "process.memory.usage": 1}, ended(out, 1))
			require.Empty(t, ended(out, 2))
			require.Empty(t, ended(out, 0), "_other_ goes on")
			require.Equal(t, map[string]float64{"process.cpu.time": 0, "process.memory.usage": 4, "process.count": 1}, rest(out), "from 0")
			value, begin := processtest.CounterOf(out, 2)
			require.InDelta(t, 80, value, 0, "as at a first sight")
			if name == "counters conserved to raw" {
				require.Equal(t, int64(1e9), begin)
			} else {
				require.Equal(t, int64(1020e9), begin)
			}
			require.NotEmpty(t, p.Explain("web-1", process.Query{PID: 1, Before: 1005e9}, time.Unix(1030, 0)))
			require.Len(t, p.Explain("web-1", process.Query{PID: 2, Before: 1020e9}, time.Unix(1030, 0)), 1)
		})
	}
}

// Who has only watched goes on as if everybody had been kept: with the value
// that was written last, and what was used since is _other_'s.
func TestWhoWatchedGoesOnWhenTheModeIsEnforce(t *testing.T) {
	p, sink := run(t, with(top("memory", 1), func(c *Config) { c.Mode = thinning.Observe }))
	pass := func(second int, a, b float64) pmetric.Metrics {
		return push(t, p, sink, at(second, ps{PID: 1, Name: "a", Begun: 1, CPU: a, Memory: 4}, ps{PID: 2, Name: "b", Begun: 1, CPU: b, Memory: 5}))
	}
	pass(1000, 100, 50)
	pass(1010, 130, 70)
	p = again(t, p, top("memory", 1), sink)
	out := pass(1020, 140, 80)
	require.Equal(t, []int64{2}, kept(out))
	value, begin := processtest.CounterOf(out, 2)
	require.InDelta(t, 70, value, 0)
	require.Equal(t, int64(1020e9), begin)
	require.Equal(t, map[string]float64{"process.cpu.time": 0, "process.memory.usage": 4, "process.count": 1}, rest(out))
	require.InDelta(t, 20, rest(pass(1030, 140, 80))["process.cpu.time"], 0, "of both, one scrape later")
	require.Len(t, p.Explain("web-1", process.Query{PID: 2}, time.Unix(1030, 0)), 1, "it was chosen while watching")
}

// To observe is to write every process as it came: there is no _other_ any
// more, and its series end.
func TestOtherEndsWhenTheModeIsObserve(t *testing.T) {
	p, sink := run(t, top("memory", 1))
	push(t, p, sink, at(1000, ps{PID: 1, Name: "a", Memory: 9}, ps{PID: 2, Name: "b"}))
	p = again(t, p, with(top("memory", 1), func(c *Config) { c.Mode = thinning.Observe }), sink)
	all := map[string]int{"process.cpu.time": 1, "process.memory.usage": 1, "process.count": 1}
	require.Equal(t, all, ended(push(t, p, sink, at(1010, ps{PID: 1, Name: "a", Memory: 9}, ps{PID: 2, Name: "b"})), 0))
	require.Empty(t, ended(push(t, p, sink, at(1020, ps{PID: 1, Name: "a", Memory: 9}, ps{PID: 2, Name: "b"})), 0), "once")
}

// The histories of hosts that come in calls of their own are all kept.
func TestEveryHostKeepsItsHistory(t *testing.T) {
	p, sink := run(t, top("memory", 1))
	hosts := []string{"a", "b", "c"}
	for _, host := range hosts {
		push(t, p, sink, processtest.On(host, at(1000, ps{PID: 1, Name: host, Memory: 9})))
	}
	p = again(t, p, with(top("memory", 1), func(c *Config) { c.Mode = thinning.Observe }), sink)
	for _, host := range hosts {
		push(t, p, sink, processtest.On(host, at(1010, ps{PID: 1, Name: host, Memory: 9})))
		for _, asked := range hosts {
			require.NotEmpty(t, p.Explain(asked, process.Query{Before: 1005e9}, time.Unix(1020, 0)), "of %s after a scrape of %s", asked, host)
		}
	}
}

// Without _other_ what is not kept is lost, as README says: it does not come in
// one step when there is one again.
func TestWhatWasUsedWithoutOtherDoesNotComeLater(t *testing.T) {
	off := with(top("memory", 1), func(c *Config) { c.Other.Enabled = false })
	p, sink := run(t, top("memory", 1))
	second, used := 1000, 0.0
	pass := func() pmetric.Metrics {
		second, used = second+10, used+1
		return push(t, p, sink, at(second, ps{PID: 1, Name: "a", Memory: 9}, ps{PID: 2, Name: "b", Begun: 1, CPU: used}))
	}
	pass()
	require.InDelta(t, 1, rest(pass())["process.cpu.time"], 0)
	p = again(t, p, off, sink)
	require.Equal(t, map[string]int{"process.cpu.time": 1, "process.memory.usage": 1, "process.count": 1}, ended(pass(), 0))
	for range 100 {
		require.Empty(t, rest(pass()))
	}
	p = again(t, p, top("memory", 1), sink)
	require.Zero(t, rest(pass())["process.cpu.time"])
	require.LessOrEqual(t, rest(pass())["process.cpu.time"], 2.0)
}

// A process that left is explained by the metric that it was kept by, wherever
// that is in rank_by now.
func TestExplanationsNameTheMetricAfterTheRanksChangedOrder(t *testing.T) {
	order := func(metrics ...string) func(*Config) {
		return with(top(metrics[0], 1), func(c *Config) {
			c.RankBy = nil
			for _, metric := range metrics {
				c.RankBy = append(c.RankBy, Rank{Metric: metric, K: 1})
			}
		})
	}
	p, sink := run(t, order("cpu", "memory"))
	push(t, p, sink, at(1000, ps{PID: 1, Name: "a", Begun: 990, CPU: 10, Memory: 5}, ps{PID: 2, Name: "b", Begun: 990, CPU: 5, Memory: 900}))
	p = again(t, p, order("memory", "cpu"), sink)
	push(t, p, sink, at(1010, ps{PID: 1, Name: "a", Begun: 990, CPU: 20, Memory: 5}, ps{PID: 2, Name: "b", Begun: 990, CPU: 50, Memory: 900}))
	got := p.Explain("web-1", process.Query{PID: 1}, time.Unix(1020, 0))[0]
	require.Equal(t, process.Transition{
		Time: 1010e9, ID: process.ID{PID: 1, Start: 990e9}, Name: "a", Rule: ruleBelow, Subject: "cpu", Value: 1, Threshold: 4.5,
	}, got)
}

// A process that is no more ranked by what it was kept by has no value to say.
func TestExplanationsWithoutTheMetricThatKeptTheProcess(t *testing.T) {
	p, sink := run(t, top("memory", 1))
	push(t, p, sink, at(1000, ps{PID: 1, Name: "a", Begun: 990, Memory: 5}, ps{PID: 2, Name: "b", Begun: 990, CPU: 5}))
	p = again(t, p, top("cpu", 1), sink)
	push(t, p, sink, at(1010, ps{PID: 1, Name: "a", Begun: 990, Memory: 5}, ps{PID: 2, Name: "b", Begun: 990, CPU: 50}))
	require.Equal(t, process.Transition{Time: 1010e9, ID: process.ID{PID: 1, Start: 990e9}, Name: "a", Rule: ruleBelow},
		p.Explain("web-1", process.Query{PID: 1}, time.Unix(1020, 0))[0])
}

// A displaced member stays over a reload, whether processes rank on their own
// or in groups.
func TestDisplacedMembersStayOverAReload(t *testing.T) {
	for _, by := range [][]string{nil, {"process.executable.name"}} {
		change := with(top("memory", 1), func(c *Config) {
			c.RankGroup, c.Hysteresis = by, Hysteresis{Margin: 0.2, Hold: 2}
		})
		p, sink := run(t, change)
		near := func(second int) pmetric.Metrics {
			return push(t, p, sink, at(second, ps{PID: 1, Name: "a", Memory: 99}, ps{PID: 2, Name: "b", Memory: 100}))
		}
		push(t, p, sink, at(1000, ps{PID: 1, Name: "a", Memory: 100}, ps{PID: 2, Name: "b", Memory: 99}))
		p = again(t, p, change, sink)
		require.Equal(t, []int64{1, 2}, kept(near(1010)), "%v", by)
		p = again(t, p, change, sink)
		require.Equal(t, []int64{1, 2}, kept(near(1020)), "%v", by)
		p = again(t, p, change, sink)
		require.Equal(t, []int64{2}, kept(near(1030)), "%v: as long as without one", by)
	}
}

// Only who was kept may stay: one that ranked and did not fit was not.
func TestWhoDidNotFitDoesNotStay(t *testing.T) {
	large := func(second int, memory float64) pmetric.Metrics {
		md := at(second, ps{PID: 1, Memory: memory}, ps{PID: 2, Memory: 95})
		for i := range 4 {
			processtest.AddCounter(md.ResourceMetrics().At(0), "process.paging.faults", "type", string(rune('a'+i)), 1)
		}
		return md
	}
	p, sink := run(t, with(top("memory", 1), func(c *Config) {
		c.Hysteresis, c.MaxSeries = Hysteresis{Margin: 0.2, Hold: 3}, 12
	}))
	require.Empty(t, kept(push(t, p, sink, large(1000, 100))), "six points beside the seven of _other_")
	md := large(1010, 90)
	md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().RemoveIf(func(m pmetric.Metric) bool { return m.Name() == "process.paging.faults" })
	require.Equal(t, []int64{2}, kept(push(t, p, sink, md)), "now it would fit")
}
