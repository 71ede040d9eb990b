package processbatch

import (
	"iter"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// CountMetric is the metric by which _other_, and each part, tells how many
// processes it stands for.
const CountMetric = "process.count"

// other is what the _other_ process of a host looks like.
type other struct {
	known  bool
	attrs  pcommon.Map
	scope  pcommon.InstrumentationScope
	schema string
}

// ownAttribute tells the attributes that are a process's own, or its
// container's or pod's, whatever their values.
func ownAttribute(key string) bool {
	return strings.HasPrefix(key, "process.") || strings.HasPrefix(key, "container.") || strings.HasPrefix(key, "k8s.pod.")
}

// matches reports whether a process of the host still has its attributes.
func (o *other) matches(attrs pcommon.Map) bool {
	if !o.known {
		return false
	}
	for k, v := range o.attrs.All() {
		if now, ok := attrs.Get(k); !ok || !now.Equal(v) {
			return false
		}
	}
	return true
}

// describe finds the host's attributes: those that all its processes in this
// call share, apart from their own. They are found again only when a process
// no longer has them; the series of _other_ are new ones then.
func (r *Reader) describe(h *Host, rms pmetric.ResourceMetricsSlice, from int) {
	o := &h.other
	if o.matches(rms.At(from).Resource().Attributes()) {
		return
	}
	if o.known {
		h.Ledger.Relabel()
	}
	o.known, o.schema = true, rms.At(from).SchemaUrl()
	o.attrs = pcommon.NewMap()
	for k, v := range rms.At(from).Resource().Attributes().All() {
		if !ownAttribute(k) {
			v.CopyTo(o.attrs.PutEmpty(k))
		}
	}
	o.scope = pcommon.NewInstrumentationScope()
	rms.At(from).ScopeMetrics().At(0).Scope().CopyTo(o.scope)
	r.others(h.Name, rms, from+1, func(rm pmetric.ResourceMetrics, _ int64) {
		attrs := rm.Resource().Attributes()
		o.attrs.RemoveIf(func(k string, v pcommon.Value) bool {
			other, has := attrs.Get(k)
			return !has || !other.Equal(v)
		})
	})
}

// writeOther writes the process that stands for all that were not kept and are
// of no other part, and returns how many points it has.
func (w *Writer) writeOther(out pmetric.ResourceMetricsSlice, h *Host) int {
	rm := w.openRest(out, h, func(attrs pcommon.Map) {
		attrs.PutStr("process.executable.name", w.settings.Other)
	})
	return w.writeRest(rm, h, 0, h.Ledger.Rest, h.standsFor(0))
}

// openRest makes the resource of _other_ or of a part, without metrics: the
// host's attributes and what name gives it.
func (w *Writer) openRest(out pmetric.ResourceMetricsSlice, h *Host, name func(pcommon.Map)) pmetric.ResourceMetrics {
	rm := out.AppendEmpty()
	rm.SetSchemaUrl(h.other.schema)
	copyAttributes(h.other.attrs, rm.Resource().Attributes(), w.settings.Drop)
	name(rm.Resource().Attributes())
	h.other.scope.CopyTo(rm.ScopeMetrics().AppendEmpty().Scope())
	return rm
}

// writeRest writes the metrics of _other_ or of a part that stands for so many
// processes, and returns how many points it has.
func (w *Writer) writeRest(rm pmetric.ResourceMetrics, h *Host, part process.Part, rest *process.Rest, count int) int {
	ms := rm.ScopeMetrics().At(0).Metrics()
	record := w.partSeries(h, part, rest, rm)
	points := 1
	for _, m := range w.dict.metrics {
		points += w.writeRestMetric(ms, h, rest, m, record)
	}
	dp := countPoint.metric.describe(ms.AppendEmpty()).AppendEmpty()
	dp.SetTimestamp(pcommon.Timestamp(h.Ledger.Time()))
	dp.SetIntValue(int64(count))
	record.add(countPoint, 0, 0)
	return points
}

// countPoint is the one point of CountMetric.
var countPoint = &point{attrs: pcommon.NewMap(), metric: &metric{
	key:         metricKey{name: CountMetric, unit: "{process}", typ: pmetric.MetricTypeGauge},
	description: "Number of processes that this one stands for.",
}}

func (w *Writer) writeRestMetric(out pmetric.MetricSlice, h *Host, rest *process.Rest, m *metric, record *keptSeries) (n int) {
	if m.kind == process.Plain {
		return 0
	}
	var dps pmetric.NumberDataPointSlice
	for s := range m.rest(rest) {
		if n == 0 {
			dps = m.describe(out.AppendEmpty())
		}
		n++
		dp := dps.AppendEmpty()
		s.attrs.CopyTo(dp.Attributes())
		dp.SetTimestamp(pcommon.Timestamp(h.Ledger.Time()))
		if start := h.restStart(rest, m); start > 0 {
			dp.SetStartTimestamp(pcommon.Timestamp(start))
		}
		record.add(s.point, 0, int64(dp.StartTimestamp()))
		if s.float {
			dp.SetDoubleValue(s.value.Float)
		} else {
			dp.SetIntValue(s.value.Int)
		}
	}
	return n
}

// restSeries is one series of the rest.
type restSeries struct {
	*point
	slot  process.Slot
	value process.Amount
}

// rest lists the series of a metric that a rest ever had, with what it has of
// each.
func (m *metric) rest(rest *process.Rest) iter.Seq[restSeries] {
	return func(yield func(restSeries) bool) {
		for _, pt := range m.points {
			if pt.number < 0 {
				continue
			}
			slot := process.Slot(pt.number)
			if v, seen := rest.Other(slot); seen && !yield(restSeries{pt, slot, v}) {
				return
			}
		}
	}
}

// Waiting sums, by metric, what the _other_ processes of a batch, and the parts,
// show one scrape later.
func (w *Writer) Waiting(b *Batch) map[string]float64 {
	waiting := map[string]float64{}
	for _, m := range w.dict.metrics {
		if m.kind != process.Counter {
			continue
		}
		sum := 0.0
		for _, h := range b.hosts {
			for _, rest := range h.Ledger.Parts() {
				sum += m.waiting(rest)
			}
		}
		waiting[m.key.name] += sum
	}
	return waiting
}

func (m *metric) waiting(rest *process.Rest) (sum float64) {
	for s := range m.rest(rest) {
		v := rest.Waits(s.slot)
		sum += float64(v.Int) + v.Float
	}
	return sum
}

func (h *Host) restStart(rest *process.Rest, m *metric) int64 {
	switch {
	case m.key.typ == pmetric.MetricTypeGauge:
		return 0
	case m.kind == process.Flow:
		return h.Ledger.Previous()
	}
	return rest.Started()
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
