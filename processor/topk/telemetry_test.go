package topk

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/phoenix-platform/phoenix/internal/processbatch"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
	"github.com/phoenix-platform/phoenix/processor/topk/internal/metadatatest"
)

// observed is a processor whose own metrics are read.
type observed struct {
	*componenttest.Telemetry
	p    *thinning.Processor
	sink *consumertest.MetricsSink
}

func observe(t *testing.T, change func(*Config)) *observed {
	t.Helper()
	o := &observed{componenttest.NewTelemetry(), nil, new(consumertest.MetricsSink)}
	set := metadatatest.NewSettings(o.Telemetry)
	set.ID = settings().ID
	o.p = start(t, set, change, o.sink)
	t.Cleanup(func() {
		require.NoError(t, o.p.Shutdown(context.Background()))
		require.NoError(t, o.Shutdown(context.Background()))
	})
	return o
}

func (o *observed) push(t *testing.T, md pmetric.Metrics) pmetric.Metrics {
	t.Helper()
	return push(t, o.p, o.sink, md)
}

// count is the point that the processor writes, with more attributes as pairs.
func (o *observed) count(v int64, pairs ...string) []metricdata.DataPoint[int64] {
	return processtest.OwnPoint(o.p.ID(), v, pairs...)
}

var anyTime = metricdatatest.IgnoreTimestamp()

func TestSeriesAndProcessesAreCounted(t *testing.T) {
	o := observe(t, top("memory", 1))
	md := at(1000, ps{PID: 1, Memory: 9}, ps{PID: 2}, ps{PID: 3})
	processtest.AddApplication(md, 1)
	o.push(t, md)
	metadatatest.AssertEqualProcessorTopkSeriesIn(t, o.Telemetry, o.count(6), anyTime)
	metadatatest.AssertEqualProcessorTopkSeriesKept(t, o.Telemetry, o.count(2), anyTime)
	metadatatest.AssertEqualProcessorTopkSeriesOther(t, o.Telemetry, o.count(3), anyTime)
	metadatatest.AssertEqualProcessorTopkProcessesKept(t, o.Telemetry, o.count(1), anyTime)
	metadatatest.AssertEqualProcessorTopkProcessesTracked(t, o.Telemetry, o.count(3), anyTime)
	metadatatest.AssertEqualProcessorIncomingItems(t, o.Telemetry, o.count(7, "otel.signal", "metrics"), anyTime)
	metadatatest.AssertEqualProcessorOutgoingItems(t, o.Telemetry, o.count(6, "otel.signal", "metrics"), anyTime)
}

// The last points of series that end are items that go out, too.
func TestOutgoingItemsAreThePointsThatGoOut(t *testing.T) {
	o := observe(t, top("memory", 1))
	out := 0
	for i := range 4 {
		out += o.push(t, at(1000+10*i, ps{PID: 1, Memory: float64(i % 2)}, ps{PID: 2, Memory: 0.5})).DataPointCount()
	}
	metadatatest.AssertEqualProcessorOutgoingItems(t, o.Telemetry, o.count(int64(out), "otel.signal", "metrics"), anyTime)
}

func TestInObserveModeEverythingGoesOut(t *testing.T) {
	o := observe(t, func(c *Config) { top("memory", 1)(c); c.Mode = thinning.Observe })
	o.push(t, at(1000, ps{PID: 1, Memory: 9}, ps{PID: 2}))
	metadatatest.AssertEqualProcessorTopkSeriesKept(t, o.Telemetry, o.count(2), anyTime)
	metadatatest.AssertEqualProcessorIncomingItems(t, o.Telemetry, o.count(4, "otel.signal", "metrics"), anyTime)
	metadatatest.AssertEqualProcessorOutgoingItems(t, o.Telemetry, o.count(4, "otel.signal", "metrics"), anyTime)
}

func TestCriticalProcessesAreCountedByEntry(t *testing.T) {
	o := observe(t, func(c *Config) {
		top("memory", 1)(c)
		c.Critical[0].MaxProcesses, c.MaxSeries = 2, 4
	})
	o.push(t, at(1000, ps{PID: 1, Critical: true}, ps{PID: 2, Critical: true}, ps{PID: 3, Critical: true}))
	metadatatest.AssertEqualProcessorTopkCriticalKept(t, o.Telemetry, o.count(2, "critical", "c"), anyTime)
	metadatatest.AssertEqualProcessorTopkCriticalOverLimit(t, o.Telemetry, o.count(1, "critical", "c"), anyTime)
	metadatatest.AssertEqualProcessorTopkBudgetExceeded(t, o.Telemetry, o.count(3), anyTime)
}

func TestMembershipChangesAreCounted(t *testing.T) {
	o := observe(t, top("memory", 1))
	o.push(t, at(1000, ps{PID: 1, Memory: 9}, ps{PID: 2, Memory: 5}))
	o.push(t, at(1010, ps{PID: 1, Memory: 4}, ps{PID: 2, Memory: 5}))
	metadatatest.AssertEqualProcessorTopkMembershipChanges(t, o.Telemetry,
		append(o.count(2, "direction", "kept"), o.count(1, "direction", "other")...), anyTime)
}

func TestLatePointsAreCounted(t *testing.T) {
	o := observe(t, nil)
	o.push(t, at(1000, ps{PID: 1}))
	o.push(t, at(990, ps{PID: 1}, ps{PID: 2}))
	metadatatest.AssertEqualProcessorTopkLatePoints(t, o.Telemetry, o.count(4), anyTime)
	metadatatest.AssertEqualProcessorIncomingItems(t, o.Telemetry, o.count(6, "otel.signal", "metrics"), anyTime)
	metadatatest.AssertEqualProcessorTopkSeriesIn(t, o.Telemetry, o.count(2), anyTime)
}

// A batch without processes says nothing of the latest scrape.
func TestABatchWithoutProcessesLeavesTheGauges(t *testing.T) {
	o := observe(t, func(c *Config) { top("memory", 1)(c); c.MaxSeries = 4 })
	unchanged := func() {
		metadatatest.AssertEqualProcessorTopkSeriesIn(t, o.Telemetry, o.count(6), anyTime)
		metadatatest.AssertEqualProcessorTopkSeriesKept(t, o.Telemetry, o.count(4), anyTime)
		metadatatest.AssertEqualProcessorTopkSeriesOther(t, o.Telemetry, o.count(3), anyTime)
		metadatatest.AssertEqualProcessorTopkProcessesKept(t, o.Telemetry, o.count(2), anyTime)
		metadatatest.AssertEqualProcessorTopkBudgetExceeded(t, o.Telemetry, o.count(3), anyTime)
		metadatatest.AssertEqualProcessorTopkCriticalKept(t, o.Telemetry, o.count(2, "critical", "c"), anyTime)
	}
	o.push(t, at(1000, ps{PID: 1, Critical: true}, ps{PID: 2, Critical: true}, ps{PID: 3}))
	unchanged()
	application := pmetric.NewMetrics()
	processtest.AddApplication(application, 1)
	o.push(t, application)
	unchanged()
	o.push(t, pmetric.NewMetrics())
	unchanged()
	metadatatest.AssertEqualProcessorIncomingItems(t, o.Telemetry, o.count(7, "otel.signal", "metrics"), anyTime)
}

// The processes of a host beyond the limit of hosts are counted and go to no
// other host.
func TestPointsOfAHostTooManyAreCounted(t *testing.T) {
	o := observe(t, top("memory", 1))
	var all []pmetric.Metrics
	for i := range processbatch.MaxHosts + 1 {
		all = append(all, processtest.On(fmt.Sprintf("web-%03d", i), at(1000, ps{PID: 1, Begun: 1, Memory: 5})))
	}
	out := o.push(t, processtest.Both(all...))
	require.Equal(t, []int64{1}, processtest.KeptOn("web-255", out))
	require.Empty(t, processtest.KeptOn("web-256", out))
	want := o.count(2, "reason", "untracked")
	for _, reason := range []string{"not_a_number", "dip", "reset", "duplicate", "state_limit", "no_creation_time", "not_additive"} {
		want = append(want, o.count(0, "reason", reason)...)
	}
	metadatatest.AssertEqualProcessorTopkBadValues(t, o.Telemetry, want, anyTime)
	metadatatest.AssertEqualProcessorIncomingItems(t, o.Telemetry, o.count(2*(processbatch.MaxHosts+1), "otel.signal", "metrics"), anyTime)
}

// A rank metric is missing only if no host of the batch has it, in whatever
// order they come.
func TestARankMetricThatOneHostHasIsNotMissing(t *testing.T) {
	for _, first := range []string{"a", "c"} {
		o := observe(t, top("process.threads", 1))
		for i := range 4 {
			have := processtest.On("b", at(1000+10*i, ps{PID: 1}))
			processtest.AddCounter(have.ResourceMetrics().At(0), "process.threads", "k", "v", 3)
			lacks := processtest.On(first, at(1000+10*i, ps{PID: 1}))
			if first < "b" {
				o.push(t, processtest.Both(lacks, have))
			} else {
				o.push(t, processtest.Both(have, lacks))
			}
			metadatatest.AssertEqualProcessorTopkRankMetricMissing(t, o.Telemetry, o.count(0, "metric", "process.threads"), anyTime)
		}
	}
}

func TestSplitScrapesAreCounted(t *testing.T) {
	o := observe(t, nil)
	for i := range 4 {
		half := int64(i % 2 * 2)
		o.push(t, at(1000+5*i, ps{PID: 1 + half}, ps{PID: 2 + half}))
	}
	metadatatest.AssertEqualProcessorTopkSplitScrapes(t, o.Telemetry, o.count(3), anyTime)
}

func TestARankMetricIsMissingAfterThreeScrapes(t *testing.T) {
	o := observe(t, top("process.threads", 1))
	for i, missing := range []int64{0, 0, 1, 1} {
		o.push(t, at(1000+10*i, ps{PID: 1}))
		metadatatest.AssertEqualProcessorTopkRankMetricMissing(t, o.Telemetry, o.count(missing, "metric", "process.threads"), anyTime)
	}
}

func TestWhatWaitsIsGoneOneScrapeLater(t *testing.T) {
	o := observe(t, top("memory", 1))
	first := at(1000, ps{PID: 1, Memory: 9})
	first.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().RemoveIf(func(m pmetric.Metric) bool { return m.Name() == "process.cpu.time" })
	o.push(t, first)
	for i, waits := range []float64{3, 0} {
		o.push(t, at(1010+10*i, ps{PID: 1, Memory: 9}, ps{PID: 2, Begun: 1005, CPU: 3}))
		metadatatest.AssertEqualProcessorTopkWaiting(t, o.Telemetry, processtest.OwnPoint(o.p.ID(), waits, "metric", "process.cpu.time"), anyTime)
	}
}

func TestEveryBatchHasADuration(t *testing.T) {
	o := observe(t, nil)
	for i := range 3 {
		o.push(t, at(1000+10*i, ps{PID: 1}))
	}
	got, err := o.GetMetric("otelcol_processor_topk_decision_duration")
	require.NoError(t, err)
	data := got.Data.(metricdata.Histogram[float64]).DataPoints
	require.Len(t, data, 1)
	require.EqualValues(t, 3, data[0].Count)
	require.Equal(t, o.count(0)[0].Attributes, data[0].Attributes)
}

// Each reason has an input that brings just it: once, but for both points of a
// process that comes twice. The others are there with 0, so that there is
// something to differ from.
func TestBadValuesAreCountedByReason(t *testing.T) {
	fine := ps{PID: 1, Begun: 1, CPU: 100}
	second := func(p ps) []pmetric.Metrics { return []pmetric.Metrics{at(1000, fine), at(1010, p)} }
	inputs := map[string][]pmetric.Metrics{
		"not_a_number":     second(ps{PID: 1, Begun: 1, CPU: math.NaN()}),
		"dip":              second(ps{PID: 1, Begun: 1, CPU: 99.5}),
		"reset":            second(ps{PID: 1, Begun: 1, CPU: 1}),
		"duplicate":        {at(1000, fine, fine)},
		"no_creation_time": {at(1000, ps{PID: 1})},
		"state_limit":      {at(1000, fine, ps{PID: 2, Begun: 1})},
		"untracked":        {manyCounters(65)},
		"not_additive":     {withUptime(at(1000, fine))},
	}
	for reason, batches := range inputs {
		t.Run(reason, func(t *testing.T) {
			o := observe(t, func(c *Config) {
				top("memory", 1)(c)
				c.RankBy[0].Min, c.StateLimit = 1, 1 // nothing is kept
			})
			for _, md := range batches {
				o.push(t, md)
			}
			times := int64(1)
			if reason == "duplicate" {
				times = 2
			}
			want := o.count(times, "reason", reason)
			for other := range inputs {
				if other != reason {
					want = append(want, o.count(0, "reason", other)...)
				}
			}
			metadatatest.AssertEqualProcessorTopkBadValues(t, o.Telemetry, want, anyTime)
		})
	}
}

// Each bad value is counted once, whether it is a counter's or a level's and
// whatever it ranks by.
func TestEveryBadValueIsCountedOnce(t *testing.T) {
	for _, rank := range []string{"cpu", "memory"} {
		for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1} {
			for name, p := range map[string]ps{"process.cpu.time": {PID: 1, Begun: 1, CPU: v}, "process.memory.usage": {PID: 1, Begun: 1, Memory: v}} {
				if v == -1 && name != "process.cpu.time" && rank != "memory" {
					continue // a level may be negative if nothing ranks by it
				}
				o := observe(t, top(rank, 1))
				o.push(t, at(1000, p))
				got, err := o.GetMetric("otelcol_processor_topk_bad_values")
				require.NoError(t, err)
				for _, dp := range got.Data.(metricdata.Sum[int64]).DataPoints {
					if reason, _ := dp.Attributes.Value("reason"); reason.AsString() == "not_a_number" {
						require.EqualValues(t, 1, dp.Value, "%s %v, ranked by %s", name, v, rank)
					}
				}
			}
		}
	}
}

// manyCounters is a process with this many counters.
func manyCounters(n int) pmetric.Metrics {
	md := at(1000, ps{PID: 1, Begun: 1})
	ms := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	for i := range n - 1 {
		processtest.Put(processtest.AddPoint(processtest.AddSum(ms, fmt.Sprintf("process.counter.%d", i), "1", true), 1e9, 1000e9), 1.0)
	}
	return md
}

// withUptime gives the first process a gauge that does not add up.
func withUptime(md pmetric.Metrics) pmetric.Metrics {
	uptime := processtest.AddGauge(md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics(), "process.uptime")
	processtest.Put(processtest.AddPoint(uptime, 0, 1000e9), 999.0)
	return md
}
