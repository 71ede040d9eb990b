package adaptivefilter

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"go.uber.org/zap/zapcore"

	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/processor/adaptivefilter/internal/metadatatest"
)

// observed is a host whose processor's own metrics are read.
type observed struct {
	*componenttest.Telemetry
	*host
}

func observe(t *testing.T, change func(*Config)) *observed {
	t.Helper()
	o := &observed{componenttest.NewTelemetry(), &host{t: t, second: 1000, sink: newSink()}}
	set := metadatatest.NewSettings(o.Telemetry)
	set.ID = processtest.Settings(NewFactory().Type()).ID
	o.p = start(t, set, change, elsewhere(), o.sink)
	t.Cleanup(func() {
		require.NoError(t, o.p.Shutdown(context.Background()))
		require.NoError(t, o.Telemetry.Shutdown(context.Background()))
	})
	return o
}

// point is the one that the processor writes, with more attributes as pairs.
func point[N int64 | float64](o *observed, v N, pairs ...string) []metricdata.DataPoint[N] {
	return processtest.OwnPoint(o.p.ID(), v, pairs...)
}

var anyTime = metricdatatest.IgnoreTimestamp()

// Rule 4: level, threshold, load and reasons are metrics.

func TestTheLevelIsAMetric(t *testing.T) {
	o := observe(t, memory(5, 50, 500))
	for load, want := range []int64{0, 1, 2} {
		o.settle([]float64{0.1, 0.6, 0.9}[load], ps{PID: 1})
		metadatatest.AssertEqualProcessorAdaptivefilterLevel(t, o.Telemetry, point(o, want), anyTime)
		metadatatest.AssertEqualProcessorAdaptivefilterThreshold(t, o.Telemetry,
			point(o, []float64{5, 50, 500}[want], "metric", "memory"), anyTime)
	}
	o.settle(0, ps{PID: 1})
	metadatatest.AssertEqualProcessorAdaptivefilterLevelChanges(t, o.Telemetry,
		append(point[int64](o, 2, "direction", "up"), point[int64](o, 1, "direction", "down")...), anyTime)
}

func TestAThresholdThatALevelDoesNotHaveIsMinusOne(t *testing.T) {
	o := observe(t, func(c *Config) {
		c.Levels = Levels{{MemoryMiB: new(0.0), CPUCores: new(0.5)}, {Load: 0.5, CPUCores: new(0.7)}}
	})
	o.settle(0.9, ps{PID: 1})
	metadatatest.AssertEqualProcessorAdaptivefilterThreshold(t, o.Telemetry,
		append(point(o, 0.7, "metric", "cpu"), point(o, -1.0, "metric", "memory")...), anyTime)
}

func TestTheLoadAndItsSignalsAreMetrics(t *testing.T) {
	o := observe(t, with(memory(5), func(c *Config) { c.Load.Processes = Range{Low: 0, High: 4} }))
	signal := func(cpu, processes float64) []metricdata.DataPoint[float64] {
		return append(point(o, cpu, "signal", "cpu"), point(o, processes, "signal", "processes")...)
	}
	absent := func(cpu int64) []metricdata.DataPoint[int64] {
		return append(point(o, cpu, "signal", "cpu"), point[int64](o, 0, "signal", "processes")...)
	}
	o.scrape(0, ps{PID: 1})
	metadatatest.AssertEqualProcessorAdaptivefilterSignalMissing(t, o.Telemetry, absent(1), anyTime)
	_, err := o.GetMetric("otelcol_processor_adaptivefilter_load")
	require.Error(t, err, "nobody knows it before the CPU has something to compare with")
	o.scrape(0.5, ps{PID: 1})
	metadatatest.AssertEqualProcessorAdaptivefilterSignalMissing(t, o.Telemetry, absent(0), anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterSignal(t, o.Telemetry, signal(0.5, 0.25), anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterLoad(t, o.Telemetry, point(o, 0.5), anyTime)
	o.blind(ps{PID: 1}, ps{PID: 2})
	metadatatest.AssertEqualProcessorAdaptivefilterSignal(t, o.Telemetry, signal(0.5, 0.5), anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterSignalMissing(t, o.Telemetry, absent(1), anyTime)
}

func TestEachReasonToDropIsCounted(t *testing.T) {
	o := observe(t, with(memory(5), func(c *Config) {
		priorities(c)
		c.Levels[0].MinPriority, c.MaxSeries, c.StateLimit = "high", 7, 6
	}))
	o.scrape(0, ps{PID: 1, Name: "app", Memory: 9}, ps{PID: 2, Name: "app", Memory: 4}, ps{PID: 3, Name: "app", Memory: 8},
		ps{PID: 4, Name: "app", Memory: 7}, ps{PID: 5, Memory: 9}, ps{PID: 6, Critical: true}, ps{PID: 7})
	var want []metricdata.DataPoint[int64]
	for reason, n := range map[string]int64{"threshold": 1, "priority": 1, "max_series": 2, "state_limit": 1} {
		want = append(want, point(o, n, "reason", reason)...)
	}
	metadatatest.AssertEqualProcessorAdaptivefilterProcessesDropped(t, o.Telemetry, want, anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterProcessesKept(t, o.Telemetry, point[int64](o, 2), anyTime)
}

// Of several hosts the one on the highest level is shown.
func TestTheHighestHostIsShown(t *testing.T) {
	o := observe(t, with(memory(5, 50), func(c *Config) { c.Load = Load{Processes: Range{Low: 1, High: 2}} }))
	for i := range 4 {
		for j, first := range []string{"a", "c"} {
			second := 1000 + 20*i + 10*j
			md := processtest.Both(
				processtest.On(first, processtest.At(second, ps{PID: 1})),
				processtest.On("b", processtest.At(second, ps{PID: 1}, ps{PID: 2})))
			processtest.Push(t, o.p, o.sink, md)
		}
	}
	metadatatest.AssertEqualProcessorAdaptivefilterLevel(t, o.Telemetry, point[int64](o, 1), anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterLoad(t, o.Telemetry, point(o, 1.0), anyTime)
}

// The metrics that every thinning processor has are each under their names.
func TestTheSharedMetricsAreWritten(t *testing.T) {
	o := observe(t, with(memory(100, 1000), func(c *Config) { c.MaxSeries, c.Critical[0].MaxProcesses = 3, 1 }))
	md := processtest.At(1000, ps{PID: 1, Begun: 900, Critical: true}, ps{PID: 2, Begun: 900, Critical: true})
	processtest.AddApplication(md, 1)
	out := processtest.Push(t, o.p, o.sink, md).DataPointCount()
	processtest.Push(t, o.p, o.sink, processtest.At(990, ps{PID: 1, Begun: 900}))
	metadatatest.AssertEqualProcessorAdaptivefilterSeriesIn(t, o.Telemetry, point[int64](o, 4), anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterSeriesKept(t, o.Telemetry, point[int64](o, 2), anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterSeriesOther(t, o.Telemetry, point[int64](o, 3), anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterProcessesTracked(t, o.Telemetry, point[int64](o, 2), anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterCriticalKept(t, o.Telemetry, point[int64](o, 1, "critical", "c"), anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterCriticalOverLimit(t, o.Telemetry, point[int64](o, 1, "critical", "c"), anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterBudgetExceeded(t, o.Telemetry, point[int64](o, 2), anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterLatePoints(t, o.Telemetry, point[int64](o, 2), anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterMetricMissing(t, o.Telemetry, point[int64](o, 0, "metric", "memory"), anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterSplitScrapes(t, o.Telemetry, point[int64](o, 0), anyTime)
	metadatatest.AssertEqualProcessorIncomingItems(t, o.Telemetry, point[int64](o, 7, "otel.signal", "metrics"), anyTime)
	metadatatest.AssertEqualProcessorOutgoingItems(t, o.Telemetry, point(o, int64(out), "otel.signal", "metrics"), anyTime)
	metadatatest.AssertEqualProcessorAdaptivefilterMembershipChanges(t, o.Telemetry,
		append(point[int64](o, 1, "direction", "kept"), point[int64](o, 0, "direction", "other")...), anyTime)
	for _, name := range []string{"waiting", "bad_values", "decision_duration"} {
		_, err := o.GetMetric("otelcol_processor_adaptivefilter_" + name)
		require.NoError(t, err)
	}
}

func TestAChangeOfTheLevelIsLogged(t *testing.T) {
	set := processtest.Settings(NewFactory().Type())
	logs := processtest.Logs(&set, zapcore.InfoLevel)
	h := &host{t: t, second: 1000, sink: newSink()}
	h.p = start(t, set, memory(5, 50, 500), elsewhere(), h.sink)
	h.settle(0.9, ps{PID: 1})
	found := logs.FilterMessage("level changed").All()
	require.Len(t, found, 1)
	fields := found[0].ContextMap()
	require.InDelta(t, 0.9, fields["load"], 1e-9)
	delete(fields, "load")
	require.Equal(t, map[string]any{"host": "web-1", "from": int64(0), "to": int64(2), "begins_at": 0.8}, fields)
}

// A level that rises since nobody knows the load does not claim that there was
// one.
func TestALevelWithoutALoadIsWarnedOf(t *testing.T) {
	set := processtest.Settings(NewFactory().Type())
	logs := processtest.Logs(&set, zapcore.InfoLevel)
	h := &host{t: t, second: 1000, sink: newSink()}
	h.p = start(t, set, with(memory(5, 50, 500), func(c *Config) { c.Critical = nil }), elsewhere(), h.sink)
	h.settle(0.1, ps{PID: 1})
	for range patience + 2 {
		h.blind(ps{PID: 1})
	}
	require.Empty(t, logs.FilterMessage("level changed").All())
	require.Equal(t, []string{"level changed since nobody knows the load; add the cpu scraper to the receiver, or give load.processes a high"},
		processtest.Messages(logs, zapcore.WarnLevel))
	require.True(t, isMissing(loadOf(h.p)))
}
