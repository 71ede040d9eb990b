package processtest

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// AddSum adds a cumulative sum and returns its points, of which there are none
// yet.
func AddSum(ms pmetric.MetricSlice, name, unit string, monotonic bool) pmetric.NumberDataPointSlice {
	m := ms.AppendEmpty()
	m.SetName(name)
	m.SetUnit(unit)
	sum := m.SetEmptySum()
	sum.SetIsMonotonic(monotonic)
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	return sum.DataPoints()
}

// AddGauge adds a gauge and returns its points, of which there are none yet.
func AddGauge(ms pmetric.MetricSlice, name string) pmetric.NumberDataPointSlice {
	m := ms.AppendEmpty()
	m.SetName(name)
	return m.SetEmptyGauge().DataPoints()
}

// AddPoint adds a point without a value, with its times in nanoseconds.
func AddPoint(dps pmetric.NumberDataPointSlice, start, at int64) pmetric.NumberDataPoint {
	dp := dps.AppendEmpty()
	dp.SetStartTimestamp(pcommon.Timestamp(start))
	dp.SetTimestamp(pcommon.Timestamp(at))
	return dp
}

// Put sets the value of a point: a float64 or an int64.
func Put(dp pmetric.NumberDataPoint, v any) {
	switch v := v.(type) {
	case float64:
		dp.SetDoubleValue(v)
	case int64:
		dp.SetIntValue(v)
	}
}

// value returns the value of a point of either type.
func value(dp pmetric.NumberDataPoint) float64 {
	if dp.ValueType() == pmetric.NumberDataPointValueTypeInt {
		return float64(dp.IntValue())
	}
	return dp.DoubleValue()
}
