package processbatch

import (
	"math/bits"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// keptSeries is what is needed to end the series of one kept process, of
// _other_ or of a part.
type keptSeries struct {
	pid      int32         // 0 for a rest
	rest     *process.Rest // nil for a process
	labels   uint64
	resource uint64                  // a hash of the attributes alone
	scopes   []uint64                // hashes of the scopes, in their order
	rm       pmetric.ResourceMetrics // attributes and scopes, without metrics
	points   []endingPoint
	round    uint64 // the reader's call in which it was written last
}

type endingPoint struct {
	*point
	scope int
	start int64
}

// series returns the record of what is now being written for a process. A
// record under other labels is put aside: its series end.
func (w *Writer) series(h *Host, p *process.Process, labels uint64, in pmetric.ResourceMetrics) *keptSeries {
	wr := w.written(h)
	s, scopes := wr.kept[p.Index()], hashEach(in.ScopeMetrics())
	if s == nil || s.labels != labels || s.pid != p.ID().PID {
		if s != nil {
			wr.orphans = append(wr.orphans, s)
		}
		s = &keptSeries{pid: p.ID().PID, labels: labels, resource: labels - hashScopes(in.ScopeMetrics())}
		wr.kept[p.Index()] = s
	}
	if !slices.Equal(s.scopes, scopes) {
		s.scopes, s.rm = scopes, skeleton(in, w.settings.Drop)
	}
	s.points, s.round = s.points[:0], w.reader.calls
	return s
}

// partSeries is series for the _other_, or the part, that is being written to
// rm. A part that began again is another one under the same number.
func (w *Writer) partSeries(h *Host, part process.Part, rest *process.Rest, rm pmetric.ResourceMetrics) *keptSeries {
	wr := w.written(h)
	labels, s := labelsOf(rm, nil), wr.restOf(part)
	if s == nil || s.labels != labels || s.rest != rest {
		wr.endRest(part)
		s = &keptSeries{
			rest: rest, labels: labels, resource: labels - hashScopes(rm.ScopeMetrics()),
			scopes: hashEach(rm.ScopeMetrics()), rm: skeleton(rm, nil),
		}
		wr.rests = append(wr.rests, make([]*keptSeries, max(0, int(part)+1-len(wr.rests)))...)
		wr.rests[part] = s
	}
	s.points, s.round = s.points[:0], w.reader.calls
	return s
}

// restOf returns the record of a part, nil if it was not written.
func (w *written) restOf(part process.Part) *keptSeries {
	if int(part) >= len(w.rests) {
		return nil
	}
	return w.rests[part]
}

// endRest puts the record of a part aside.
func (w *written) endRest(part process.Part) {
	if s := w.restOf(part); s != nil {
		w.orphans, w.rests[part] = append(w.orphans, s), nil
	}
}

// labelsOf is a hash of what makes a resource's series, but for the attributes
// in without.
func labelsOf(rm pmetric.ResourceMetrics, without []string) uint64 {
	return HashAttributes(rm.Resource().Attributes(), without) + hashScopes(rm.ScopeMetrics())
}

// hashScopes is a hash of the scopes, whatever their order: they are part of
// what makes a series.
func hashScopes(sms pmetric.ScopeMetricsSlice) (sum uint64) {
	for i := range sms.Len() {
		sum += hashScope(sms.At(i).Scope())
	}
	return sum
}

// hashEach is a hash of each scope.
func hashEach(sms pmetric.ScopeMetricsSlice) []uint64 {
	hashes := make([]uint64, sms.Len())
	for i := range hashes {
		hashes[i] = hashScope(sms.At(i).Scope())
	}
	return hashes
}

func hashScope(scope pcommon.InstrumentationScope) uint64 {
	return mix(bits.RotateLeft64(HashText(scope.Name()), 1) ^ HashText(scope.Version()))
}

// skeleton copies what identifies a resource's series apart from the points.
func skeleton(in pmetric.ResourceMetrics, drop []string) pmetric.ResourceMetrics {
	rm := pmetric.NewResourceMetrics()
	rm.SetSchemaUrl(in.SchemaUrl())
	copyAttributes(in.Resource().Attributes(), rm.Resource().Attributes(), drop)
	for i := range in.ScopeMetrics().Len() {
		sm := rm.ScopeMetrics().AppendEmpty()
		sm.SetSchemaUrl(in.ScopeMetrics().At(i).SchemaUrl())
		in.ScopeMetrics().At(i).Scope().CopyTo(sm.Scope())
	}
	return rm
}

func (s *keptSeries) add(pt *point, scope int, start int64) {
	s.points = append(s.points, endingPoint{pt, scope, start})
}

// addOther notes the points of a metric that is not made of numbers.
func (s *keptSeries) addOther(d *dictionary, known *metric, m pmetric.Metric, scope int) int {
	n := pointCount(m)
	for i := range n {
		if pt := known.find(d, i, pointAttributes(m, i)); pt != nil {
			s.add(pt, scope, 0)
		}
	}
	return n
}

func pointAttributes(m pmetric.Metric, i int) pcommon.Map {
	switch m.Type() {
	case pmetric.MetricTypeHistogram:
		return m.Histogram().DataPoints().At(i).Attributes()
	case pmetric.MetricTypeExponentialHistogram:
		return m.ExponentialHistogram().DataPoints().At(i).Attributes()
	}
	return m.Summary().DataPoints().At(i).Attributes()
}

// endSeries gives every series that was written in the previous scrape and is
// not in this one a last point without a value, so that a backend does not
// carry its last value on for minutes.
func (w *Writer) endSeries(out pmetric.ResourceMetricsSlice, h *Host) (ended int) {
	wr := w.written(h)
	live := map[origin]*keptSeries{}
	for _, s := range wr.kept {
		if s.round == w.reader.calls {
			live[s.origin()] = s
		}
	}
	for part, s := range wr.rests {
		switch {
		case s == nil:
		case s.round == w.reader.calls:
			live[s.origin()] = s
		default:
			wr.endRest(process.Part(part))
		}
	}
	for _, index := range wr.indexes() {
		if s := wr.kept[index]; s.round != w.reader.calls {
			wr.orphans = append(wr.orphans, s)
			delete(wr.kept, index)
		}
	}
	for _, s := range wr.orphans {
		ended += s.end(out, h.Ledger.Time(), live[s.origin()])
	}
	wr.orphans = nil
	return ended
}

// origin is what series that go on keep: who they are of, in the same words.
type origin struct {
	pid      int32
	resource uint64
}

func (s *keptSeries) origin() origin { return origin{s.pid, s.resource} }

// end writes the flagged points, each in a metric entry of its own: the
// Prometheus exporter leaves an entry at its first flagged point. Series that
// go on in now, which may be nil, are not ended.
func (s *keptSeries) end(out pmetric.ResourceMetricsSlice, at int64, now *keptSeries) (ended int) {
	var rm pmetric.ResourceMetrics
	for _, pt := range s.points {
		if now != nil && now.has(pt.point, s.scopes[pt.scope]) {
			continue
		}
		if ended == 0 {
			rm = out.AppendEmpty()
			s.rm.CopyTo(rm)
		}
		ended++
		pt.end(rm.ScopeMetrics().At(pt.scope).Metrics().AppendEmpty(), pt.start, at)
	}
	return ended
}

// same compares with a point that another reader may have learnt.
func (p *point) same(o *point) bool {
	return p == o || (p.metric.key == o.metric.key && p.attrs.Equal(o.attrs))
}

func (s *keptSeries) has(p *point, scope uint64) bool {
	return slices.ContainsFunc(s.points, func(pt endingPoint) bool {
		return s.scopes[pt.scope] == scope && pt.same(p)
	})
}

// end writes one point that says: no value is recorded any more.
func (p *point) end(m pmetric.Metric, start, at int64) {
	key := p.metric.key
	switch key.typ {
	case pmetric.MetricTypeHistogram:
		p.name(m)
		m.SetEmptyHistogram().SetAggregationTemporality(key.temporality)
		p.flag(m.Histogram().DataPoints().AppendEmpty(), at)
	case pmetric.MetricTypeExponentialHistogram:
		p.name(m)
		m.SetEmptyExponentialHistogram().SetAggregationTemporality(key.temporality)
		p.flag(m.ExponentialHistogram().DataPoints().AppendEmpty(), at)
	case pmetric.MetricTypeSummary:
		p.name(m)
		p.flag(m.SetEmptySummary().DataPoints().AppendEmpty(), at)
	default:
		dp := p.metric.describe(m).AppendEmpty()
		p.flag(dp, at)
		if p.metric.kind == process.Counter {
			dp.SetStartTimestamp(pcommon.Timestamp(start))
		}
	}
}

func (p *point) name(m pmetric.Metric) {
	m.SetName(p.metric.key.name)
	m.SetUnit(p.metric.key.unit)
}

// flag makes a point of any type one without a value.
func (p *point) flag(dp interface {
	Attributes() pcommon.Map
	SetTimestamp(pcommon.Timestamp)
	SetFlags(pmetric.DataPointFlags)
}, at int64,
) {
	p.attrs.CopyTo(dp.Attributes())
	dp.SetTimestamp(pcommon.Timestamp(at))
	dp.SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
}
