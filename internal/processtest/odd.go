package processtest

import (
	"fmt"
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"
)

// odd picks one of the values, the first one most often.
func odd[T any](t *rapid.T, label string, first T, others ...T) T {
	if rapid.IntRange(0, 2).Draw(t, label) < 2 {
		return first
	}
	return rapid.SampledFrom(others).Draw(t, label)
}

func oddBatch(t *rapid.T, now pcommon.Timestamp) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for range rapid.IntRange(0, 6).Draw(t, "resources") {
		rm := md.ResourceMetrics().AppendEmpty()
		oddResource(t, rm.Resource().Attributes())
		for range rapid.IntRange(0, 2).Draw(t, "scopes") {
			ms := rm.ScopeMetrics().AppendEmpty().Metrics()
			for range rapid.IntRange(0, 3).Draw(t, "metrics") {
				oddMetric(t, ms.AppendEmpty(), now)
			}
		}
	}
	return md
}

func oddResource(t *rapid.T, attrs pcommon.Map) {
	attrs.PutInt("process.pid", rapid.Int64Range(1, 6).Draw(t, "pid"))
	switch odd(t, "resource", 0, 1, 2, 3, 4, 5) {
	case 1:
		attrs.PutStr("process.pid", "1")
	case 2:
		attrs.PutInt("process.pid", odd[int64](t, "pid", 0, -1, math.MaxInt64))
	case 3:
		attrs.PutDouble("host.id", math.NaN())
		attrs.PutEmptyMap("process.executable.name").PutEmpty("nothing")
	case 4:
		manyAttributes(attrs)
	case 5:
		attrs.PutStr("process.creation.time", odd(t, "created", "yesterday", "0000-00-00T00:00:00Z", ""))
		attrs.PutBool(criticalAttribute, true)
	}
}

func manyAttributes(attrs pcommon.Map) {
	for i := range 2000 {
		attrs.PutInt(fmt.Sprint("process.attribute.", i), int64(i))
	}
}

func oddMetric(t *rapid.T, m pmetric.Metric, now pcommon.Timestamp) {
	m.SetName(odd(t, "name", "process.cpu.time", "process.memory.usage", "process.", "", "process.runtime.go.goroutines", "system.cpu.time"))
	m.SetUnit(odd(t, "unit", "s", "By", ""))
	n := rapid.IntRange(0, 3).Draw(t, "points")
	switch odd(t, "type", pmetric.MetricTypeSum, pmetric.MetricTypeGauge, pmetric.MetricTypeHistogram, pmetric.MetricTypeExponentialHistogram, pmetric.MetricTypeSummary, pmetric.MetricTypeEmpty) {
	case pmetric.MetricTypeSum:
		m.SetEmptySum().SetIsMonotonic(odd(t, "monotonic", true, false))
		m.Sum().SetAggregationTemporality(odd(t, "temporality", pmetric.AggregationTemporalityCumulative, pmetric.AggregationTemporalityDelta, pmetric.AggregationTemporalityUnspecified, 99))
		for range n {
			oddPoint(t, m.Sum().DataPoints().AppendEmpty(), now)
		}
	case pmetric.MetricTypeGauge:
		m.SetEmptyGauge()
		for range n {
			oddPoint(t, m.Gauge().DataPoints().AppendEmpty(), now)
		}
	case pmetric.MetricTypeHistogram:
		oddHistogram(m.SetEmptyHistogram(), n)
	case pmetric.MetricTypeExponentialHistogram:
		m.SetEmptyExponentialHistogram()
		for range n {
			m.ExponentialHistogram().DataPoints().AppendEmpty().SetScale(math.MinInt32)
		}
	case pmetric.MetricTypeSummary:
		m.SetEmptySummary()
		for range n {
			m.Summary().DataPoints().AppendEmpty().QuantileValues().AppendEmpty().SetQuantile(-1)
		}
	}
}

func oddHistogram(h pmetric.Histogram, n int) {
	for range n {
		dp := h.DataPoints().AppendEmpty()
		dp.BucketCounts().FromRaw([]uint64{1, math.MaxUint64})
		dp.SetSum(math.NaN())
	}
}

func oddPoint(t *rapid.T, dp pmetric.NumberDataPoint, now pcommon.Timestamp) {
	dp.SetTimestamp(odd(t, "timestamp", now, 0, 1, now-10e9, now+1e9, math.MaxInt64, math.MaxUint64))
	dp.SetStartTimestamp(odd(t, "start", now-100e9, 0, 1, now, now-1e9, math.MaxInt64, math.MaxUint64))
	switch odd(t, "attributes", 0, 1, 2, 3) {
	case 0:
		dp.Attributes().PutStr("state", odd(t, "state", "user", "system", "wait", ""))
	case 1:
		dp.Attributes().PutInt("state", 1)
	case 2:
		manyAttributes(dp.Attributes())
	}
	switch odd(t, "value type", 0, 1, 2, 3) {
	case 0:
		dp.SetDoubleValue(odd(t, "double", rapid.Float64Range(0, 1e6).Draw(t, "usual double"), math.NaN(), math.Inf(1), math.Inf(-1), -1, math.MaxFloat64, math.SmallestNonzeroFloat64, 0))
	case 1:
		dp.SetIntValue(odd(t, "int", rapid.Int64Range(0, 1e6).Draw(t, "usual int"), -1, math.MaxInt64, math.MinInt64))
	case 2:
		dp.SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
	}
}
