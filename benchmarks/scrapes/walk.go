package scrapes

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Walked is what a bare walk found, so that no compiler can leave it out.
type Walked struct {
	Points int
	Sum    uint64
}

// Walk reads every point of a batch, its value and timestamp, and does nothing
// with them: the least that any processor of process metrics can do.
func Walk(md pmetric.Metrics) (w Walked) {
	rms := md.ResourceMetrics()
	for i := range rms.Len() {
		sms := rms.At(i).ScopeMetrics()
		for j := range sms.Len() {
			ms := sms.At(j).Metrics()
			for k := range ms.Len() {
				if m := ms.At(k); m.Type() == pmetric.MetricTypeSum {
					w.points(m.Sum().DataPoints())
				}
			}
		}
	}
	return w
}

func (w *Walked) points(dps pmetric.NumberDataPointSlice) {
	w.Points += dps.Len()
	for i := range dps.Len() {
		dp := dps.At(i)
		w.Sum += uint64(dp.Timestamp())
		if dp.ValueType() == pmetric.NumberDataPointValueTypeInt {
			w.Sum += uint64(dp.IntValue())
		} else {
			w.Sum += math.Float64bits(dp.DoubleValue())
		}
	}
}
