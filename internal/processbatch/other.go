package processbatch

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// CountMetric is the metric by which _other_ tells how many processes it
// stands for.
const CountMetric = "process.count"

// other is what the _other_ process of a host looks like.
type other struct {
	known  bool
	hash   uint64
	attrs  pcommon.Map
	scope  pcommon.InstrumentationScope
	schema string
}

// describe takes the host's attributes from a process of it. When they change,
// the series of _other_ are new ones.
func (o *other) describe(l *process.Ledger, rm pmetric.ResourceMetrics) {
	hash := hashHost(rm.Resource().Attributes())
	if o.known && o.hash == hash {
		return
	}
	if o.known {
		l.Relabel()
	}
	o.known, o.hash, o.schema = true, hash, rm.SchemaUrl()
	o.attrs = pcommon.NewMap()
	for k, v := range rm.Resource().Attributes().All() {
		if !strings.HasPrefix(k, "process.") {
			v.CopyTo(o.attrs.PutEmpty(k))
		}
	}
	o.scope = pcommon.NewInstrumentationScope()
	if rm.ScopeMetrics().Len() > 0 {
		rm.ScopeMetrics().At(0).Scope().CopyTo(o.scope)
	}
}

// writeOther writes the process that stands for all that were not kept, and
// returns how many points it has.
func (w *Writer) writeOther(out pmetric.ResourceMetricsSlice, h *Host, rest int) int {
	rm := out.AppendEmpty()
	rm.SetSchemaUrl(h.other.schema)
	h.other.attrs.CopyTo(rm.Resource().Attributes())
	rm.Resource().Attributes().PutStr("process.executable.name", w.settings.Other)
	sm := rm.ScopeMetrics().AppendEmpty()
	h.other.scope.CopyTo(sm.Scope())
	points := 1
	for _, m := range w.dict.metrics {
		points += w.writeOtherMetric(sm.Metrics(), h, m)
	}
	count := sm.Metrics().AppendEmpty()
	count.SetName(CountMetric)
	count.SetDescription("Number of processes that this one stands for.")
	count.SetUnit("{process}")
	dp := count.SetEmptyGauge().DataPoints().AppendEmpty()
	dp.SetTimestamp(pcommon.Timestamp(h.Ledger.Time()))
	dp.SetIntValue(int64(rest))
	return points
}

func (w *Writer) writeOtherMetric(out pmetric.MetricSlice, h *Host, m *metric) (n int) {
	if !m.process || m.kind == process.Plain {
		return 0
	}
	var dps pmetric.NumberDataPointSlice
	for _, pt := range m.points {
		for i, slot := range pt.slots {
			if slot < 0 {
				continue
			}
			v, seen := h.Ledger.Other(process.Slot(slot))
			if !seen {
				continue
			}
			if n == 0 {
				dps = m.describe(out.AppendEmpty())
			}
			n++
			dp := dps.AppendEmpty()
			pt.attrs.CopyTo(dp.Attributes())
			dp.SetTimestamp(pcommon.Timestamp(h.Ledger.Time()))
			if start := h.otherStart(m); start > 0 {
				dp.SetStartTimestamp(pcommon.Timestamp(start))
			}
			if i == 1 {
				dp.SetDoubleValue(v.Float)
			} else {
				dp.SetIntValue(v.Int)
			}
		}
	}
	return n
}

// Waiting sums, by metric, what the _other_ processes of a batch show one
// scrape later.
func (w *Writer) Waiting(b *Batch) map[string]float64 {
	waiting := map[string]float64{}
	for _, m := range w.dict.metrics {
		if m.kind != process.Counter || !m.process {
			continue
		}
		sum := 0.0
		for _, h := range b.hosts {
			for _, pt := range m.points {
				for _, slot := range pt.slots {
					if slot >= 0 {
						v := h.Ledger.Waits(process.Slot(slot))
						sum += float64(v.Int) + v.Float
					}
				}
			}
		}
		waiting[m.key.name] += sum
	}
	return waiting
}

func (h *Host) otherStart(m *metric) int64 {
	switch {
	case m.key.typ == pmetric.MetricTypeGauge:
		return 0
	case m.kind == process.Flow:
		return h.Ledger.Previous()
	}
	return h.Ledger.Started()
}

// otherPoints is how many points _other_ has at the end of the scrape under
// way, its own count included.
func (w *Writer) otherPoints(h *Host) int {
	return h.Ledger.KnownSeries() + 1
}

// describe makes an empty entry of the metric and returns its points.
func (m *metric) describe(out pmetric.Metric) pmetric.NumberDataPointSlice {
	out.SetName(m.key.name)
	out.SetUnit(m.key.unit)
	out.SetDescription(m.description)
	if m.key.typ == pmetric.MetricTypeGauge {
		return out.SetEmptyGauge().DataPoints()
	}
	sum := out.SetEmptySum()
	sum.SetAggregationTemporality(m.key.temporality)
	sum.SetIsMonotonic(m.key.monotonic)
	return sum.DataPoints()
}
