package adaptivefilter

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// readSystemCPU returns what a resource says about its host's CPU, as the cpu
// scraper writes it; false if that is nothing, or cannot be. Seconds are
// preferred to shares.
func readSystemCPU(rm pmetric.ResourceMetrics) (reading cpuReading, ok bool) {
	for _, sm := range rm.ScopeMetrics().All() {
		for _, m := range sm.Metrics().All() {
			switch {
			case m.Name() == "system.cpu.time" && m.Type() == pmetric.MetricTypeSum:
				if r, fine := sumUpStates(m.Sum().DataPoints()); fine {
					return seconds(r, m.Sum().AggregationTemporality()), true
				}
			case m.Name() == "system.cpu.utilization" && m.Type() == pmetric.MetricTypeGauge:
				if r, fine := sumUpStates(m.Gauge().DataPoints()); fine {
					r.kind = cores
					reading, ok = r, true
				}
			}
		}
	}
	return reading, ok
}

func seconds(r cpuReading, t pmetric.AggregationTemporality) cpuReading {
	r.kind = sinceBoot
	if t == pmetric.AggregationTemporalityDelta {
		r.kind = interval
	}
	return r
}

// sumUpStates sums up the states of all cores. Without the idle ones nobody
// knows what there is in all.
func sumUpStates(dps pmetric.NumberDataPointSlice) (r cpuReading, ok bool) {
	idle := false
	for _, dp := range dps.All() {
		v := dp.DoubleValue()
		if dp.ValueType() == pmetric.NumberDataPointValueTypeInt {
			v = float64(dp.IntValue())
		}
		r.series++
		r.total += v
		switch stateOf(dp.Attributes()) {
		case "idle":
			idle = true
		case "wait", "iowait": // the core has nothing to do meanwhile
		default:
			r.busy += v
		}
		if !(v >= 0 && v <= math.MaxFloat64) {
			return r, false
		}
	}
	return r, idle && r.total <= math.MaxFloat64
}

// stateOf returns what a core's time was spent on, by the name of either
// convention.
func stateOf(attrs pcommon.Map) string {
	for _, key := range [...]string{"state", "cpu.mode"} {
		if v, ok := attrs.Get(key); ok {
			return v.AsString()
		}
	}
	return ""
}
