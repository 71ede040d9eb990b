package processgroup

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
	"github.com/phoenix-platform/phoenix/processor/processgroup/internal/metadata"
	"github.com/phoenix-platform/phoenix/processor/processgroup/internal/metadatatest"
)

// observed is a processor whose own metrics are read.
type observed struct {
	*componenttest.Telemetry
	p    *thinning.Processor
	sink *consumertest.MetricsSink
}

func observe(t *testing.T, change func(*Config)) *observed {
	t.Helper()
	o := &observed{Telemetry: componenttest.NewTelemetry(), sink: new(consumertest.MetricsSink)}
	set := metadatatest.NewSettings(o.Telemetry)
	set.ID = processtest.Settings(metadata.Type).ID
	o.p = start(t, set, change, o.sink)
	t.Cleanup(func() {
		require.NoError(t, o.p.Shutdown(context.Background()))
		require.NoError(t, o.Shutdown(context.Background()))
	})
	return o
}

func (o *observed) push(t *testing.T, md pmetric.Metrics) pmetric.Metrics {
	t.Helper()
	return processtest.Push(t, o.p, o.sink, md)
}

func (o *observed) count(v int64, pairs ...string) []metricdata.DataPoint[int64] {
	return processtest.OwnPoint(o.p.ID(), v, pairs...)
}

var anyTime = metricdatatest.IgnoreTimestamp()

// crowded has a critical process, two groups and one beyond the two.
func crowded(second int) pmetric.Metrics {
	return at(second,
		ps{PID: 1, Name: "kafka", Begun: 1, Critical: true}, ps{PID: 2, Name: "a", Begun: 1}, ps{PID: 3, Name: "a", Begun: 1},
		ps{PID: 4, Name: "b", Begun: 1}, ps{PID: 5, Name: "b", Begun: 1}, ps{PID: 6, Name: "c", Begun: 1})
}

func TestGroupsAndSeriesAreCounted(t *testing.T) {
	o := observe(t, most(2))
	for i := range 2 {
		o.push(t, crowded(1000+10*i))
		metadatatest.AssertEqualProcessorProcessgroupGroups(t, o.Telemetry, o.count(2), anyTime)
		metadatatest.AssertEqualProcessorProcessgroupSeriesGroups(t, o.Telemetry, o.count(6), anyTime)
		metadatatest.AssertEqualProcessorProcessgroupProcessesGrouped(t, o.Telemetry, o.count(4), anyTime)
		metadatatest.AssertEqualProcessorProcessgroupProcessesBeyond(t, o.Telemetry, o.count(1), anyTime)
		metadatatest.AssertEqualProcessorProcessgroupSeriesIn(t, o.Telemetry, o.count(12), anyTime)
		metadatatest.AssertEqualProcessorProcessgroupSeriesKept(t, o.Telemetry, o.count(2), anyTime)
		metadatatest.AssertEqualProcessorProcessgroupProcessesKept(t, o.Telemetry, o.count(1), anyTime)
		metadatatest.AssertEqualProcessorProcessgroupProcessesTracked(t, o.Telemetry, o.count(6), anyTime)
		metadatatest.AssertEqualProcessorProcessgroupCriticalKept(t, o.Telemetry, o.count(1, "critical", "c"), anyTime)
		metadatatest.AssertEqualProcessorProcessgroupCriticalOverLimit(t, o.Telemetry, o.count(0, "critical", "c"), anyTime)
	}
	metadatatest.AssertEqualProcessorProcessgroupSeriesOther(t, o.Telemetry, o.count(3), anyTime)
	metadatatest.AssertEqualProcessorProcessgroupMembershipChanges(t, o.Telemetry,
		append(o.count(1, "direction", "kept"), o.count(0, "direction", "other")...), anyTime)
}

// A process that is of no group any more is beyond none.
func TestProcessesWithoutAGroupAreNotBeyond(t *testing.T) {
	o := observe(t, most(1))
	for i, name := range []string{"b", ""} {
		o.push(t, at(1000+10*i, ps{PID: 1, Name: "a", Begun: 1}, ps{PID: 2, Name: "a", Begun: 1}, ps{PID: 3, Name: name, Begun: 1}))
		metadatatest.AssertEqualProcessorProcessgroupProcessesBeyond(t, o.Telemetry, o.count(int64(1-i)), anyTime)
	}
}

// Over all hosts of a batch.
func TestGroupsOfAllHostsAreCounted(t *testing.T) {
	o := observe(t, most(2))
	o.push(t, processtest.Both(crowded(1000), processtest.On("web-2", crowded(1000))))
	metadatatest.AssertEqualProcessorProcessgroupGroups(t, o.Telemetry, o.count(4), anyTime)
	metadatatest.AssertEqualProcessorProcessgroupProcessesBeyond(t, o.Telemetry, o.count(2), anyTime)
}

// Who only watches counts what would be written.
func TestInObserveModeGroupsAreCounted(t *testing.T) {
	o := observe(t, func(c *Config) { most(2)(c); c.Mode = thinning.Observe })
	o.push(t, crowded(1000))
	metadatatest.AssertEqualProcessorProcessgroupGroups(t, o.Telemetry, o.count(2), anyTime)
	metadatatest.AssertEqualProcessorProcessgroupSeriesGroups(t, o.Telemetry, o.count(6), anyTime)
	metadatatest.AssertEqualProcessorProcessgroupProcessesGrouped(t, o.Telemetry, o.count(4), anyTime)
	metadatatest.AssertEqualProcessorProcessgroupProcessesBeyond(t, o.Telemetry, o.count(1), anyTime)
	metadatatest.AssertEqualProcessorOutgoingItems(t, o.Telemetry, o.count(12, "otel.signal", "metrics"), anyTime)
}

// The last points of groups that end are items that go out, too.
func TestOutgoingItemsAreThePointsThatGoOut(t *testing.T) {
	o := observe(t, func(c *Config) { c.ForgetAfter = 1e9 })
	out := 0
	for i := range 4 {
		out += o.push(t, at(1000+10*i, ps{PID: 1, Name: "a"}, ps{PID: int64(10 + i), Name: string(rune('b' + i))})).DataPointCount()
	}
	metadatatest.AssertEqualProcessorOutgoingItems(t, o.Telemetry, o.count(int64(out), "otel.signal", "metrics"), anyTime)
	metadatatest.AssertEqualProcessorIncomingItems(t, o.Telemetry, o.count(16, "otel.signal", "metrics"), anyTime)
}

func TestLatePointsAreCounted(t *testing.T) {
	o := observe(t, nil)
	o.push(t, at(1000, ps{PID: 1, Name: "a"}))
	o.push(t, at(990, ps{PID: 1, Name: "a"}, ps{PID: 2, Name: "b"}))
	metadatatest.AssertEqualProcessorProcessgroupLatePoints(t, o.Telemetry, o.count(4), anyTime)
	metadatatest.AssertEqualProcessorProcessgroupGroups(t, o.Telemetry, o.count(1), anyTime)
}

func TestSplitScrapesAreCounted(t *testing.T) {
	o := observe(t, nil)
	for i := range 4 {
		half := int64(i % 2 * 2)
		o.push(t, at(1000+5*i, ps{PID: 1 + half, Name: "a"}, ps{PID: 2 + half, Name: "a"}))
	}
	metadatatest.AssertEqualProcessorProcessgroupSplitScrapes(t, o.Telemetry, o.count(3), anyTime)
}

// A group's first sample tells nobody its growth.
func TestWhatWaitsIsGoneOneScrapeLater(t *testing.T) {
	o := observe(t, nil)
	o.push(t, at(1000, ps{PID: 1, Name: "a"}))
	for i, waits := range []float64{3, 0} {
		o.push(t, at(1010+10*i, ps{PID: 1, Name: "a"}, ps{PID: 2, Name: "b", Begun: 1005, CPU: 3}))
		metadatatest.AssertEqualProcessorProcessgroupWaiting(t, o.Telemetry, processtest.OwnPoint(o.p.ID(), waits, "metric", "process.cpu.time"), anyTime)
	}
}

func TestEveryBatchHasADuration(t *testing.T) {
	o := observe(t, nil)
	for i := range 3 {
		o.push(t, at(1000+10*i, ps{PID: 1, Name: "a"}))
	}
	got, err := o.GetMetric("otelcol_processor_processgroup_decision_duration")
	require.NoError(t, err)
	data := got.Data.(metricdata.Histogram[float64]).DataPoints
	require.Len(t, data, 1)
	require.EqualValues(t, 3, data[0].Count)
}

// A process that comes twice is counted as a duplicate, in both of its points.
func TestBadValuesAreCounted(t *testing.T) {
	o := observe(t, nil)
	twice := ps{PID: 1, Name: "a", Begun: 1}
	o.push(t, at(1000, twice, twice))
	want := o.count(2, "reason", "duplicate")
	for _, reason := range []string{"not_a_number", "dip", "reset", "untracked", "state_limit", "no_creation_time", "not_additive"} {
		want = append(want, o.count(0, "reason", reason)...)
	}
	metadatatest.AssertEqualProcessorProcessgroupBadValues(t, o.Telemetry, want, anyTime)
}
