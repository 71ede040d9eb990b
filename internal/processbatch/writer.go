package processbatch

import (
	"math"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// WriterSettings says how the kept processes and the rest are written.
type WriterSettings struct {
	Other string // process.executable.name of the rest; empty to write none
	// Describe puts the attributes that name a part of the rest next to its
	// host's. It is needed if the reader divides. A part that it describes
	// otherwise than before has other series, which begin at 0.
	Describe func(h *Host, part process.Part, attrs pcommon.Map)
	Drop     []string // resource attributes that kept processes and the rest lose
	Raw      bool     // counters as they came, instead of conserved ones
}

// Writer writes what a [Reader] read. It belongs to that reader.
type Writer struct {
	settings WriterSettings
	reader   *Reader
	dict     *dictionary
	hosts    map[string]*written
}

// written is what the previous scrape of a host had in the output.
type written struct {
	ledger  *process.Ledger     // that the indexes belong to
	kept    map[int]*keptSeries // by process index
	rests   []*keptSeries       // by part; the first is _other_
	orphans []*keptSeries       // of other labels or another account; they end
}

// Result counts what Write put out.
type Result struct {
	Kept, KeptPoints   int // processes, and their data points
	Parts, PartPoints  int // parts of the rest, and their points
	Divided            int // processes that the parts stand for
	Other, OtherPoints int // processes that _other_ stands for, and its points
	Ended              int // series that got their last, flagged point
	PlainDropped       int // points of metrics that do not add up, dropped
}

// NewWriter returns the writer for what r reads.
func NewWriter(r *Reader, s WriterSettings) *Writer {
	return &Writer{settings: s, reader: r, dict: &r.dict, hosts: map[string]*written{}}
}

// Inherit takes over the series that another writer wrote for the same hosts:
// those that do not go on get a last point.
func (w *Writer) Inherit(former *Writer) { w.hosts = former.hosts }

// Configure gives a writer other settings, between two scrapes. It reports
// false, and changes nothing, if the series written so far cannot go on under
// them: raw and conserved counters have different values.
func (w *Writer) Configure(s WriterSettings) bool {
	if s.Raw != w.settings.Raw {
		return false
	}
	if s.Other != w.settings.Other || !slices.Equal(s.Drop, w.settings.Drop) {
		for _, h := range w.reader.hosts {
			h.Ledger.Relabel()
		}
	}
	w.settings = s
	return true
}

// OtherPoints is how many points _other_ will have for this host, its own count
// included; 0 if it is not written.
func (w *Writer) OtherPoints(h *Host) int {
	if w.settings.Other == "" {
		return 0
	}
	return h.Ledger.KnownSeries() + 1
}

// Write makes the batch that goes on: every resource that is not a process's
// as it came and in order, the kept processes in their places, then each
// host's parts in the order of their numbers, its _other_, and one last point
// for every series that ended. It closes the hosts' scrapes.
func (w *Writer) Write(b *Batch) (pmetric.Metrics, Result) {
	var res Result
	out := pmetric.NewMetrics()
	rms := out.ResourceMetrics()
	rms.EnsureCapacity(w.capacity(b))
	for i := range b.roles {
		w.writeResource(rms, b, i, &res)
	}
	w.sweepHosts()
	for _, h := range b.hosts {
		w.finish(rms, h, &res)
	}
	w.reader.release()
	return out, res
}

// Pass is Write for who only watches: the batch goes on as it came, with last
// points for the series of a writer that was inherited from and that do not go
// on. It returns how many they are.
func (w *Writer) Pass(b *Batch) (out pmetric.Metrics, ended int) {
	out = b.md
	w.sweepHosts()
	for _, h := range b.hosts {
		for _, rest := range h.Ledger.Parts() {
			rest.Discard()
		}
		h.Ledger.Finish()
		wr := w.written(h)
		if len(wr.orphans) == 0 {
			continue
		}
		if ended == 0 {
			out = pmetric.NewMetrics()
			b.md.CopyTo(out)
		}
		for _, s := range wr.orphans {
			ended += s.end(out.ResourceMetrics(), h.Ledger.Time(), w.passing(b, h, s))
		}
		wr.orphans = nil
	}
	w.reader.release()
	return out, ended
}

// passing returns what passes in this batch of the process that a series is
// of, if it has the same labels still.
func (w *Writer) passing(b *Batch, h *Host, s *keptSeries) *keptSeries {
	for i := range h.Entries {
		p, in := h.Entries[i].Process, b.ResourceMetrics(&h.Entries[i])
		if p == nil || p.ID().PID != s.pid {
			continue
		}
		if labelsOf(in, nil) == s.labels {
			return s
		}
	}
	return nil
}

func (w *Writer) capacity(b *Batch) int {
	n := b.passed
	for _, h := range b.hosts {
		for range h.Ledger.Parts() {
			n++
		}
		for i := range h.Entries {
			if h.Entries[i].Keep {
				n++
			}
		}
	}
	return n
}

func (w *Writer) writeResource(out pmetric.ResourceMetricsSlice, b *Batch, i int, res *Result) {
	role := b.roles[i]
	switch {
	case role.entry == passed:
		b.md.ResourceMetrics().At(i).CopyTo(out.AppendEmpty())
	case role.entry == dropped:
	default:
		e := &role.host.Entries[role.entry]
		if e.Process == nil || !e.Keep {
			if e.Process != nil {
				role.host.Ledger.Release(e.Process)
			}
			role.host.drop(e.Part)
			return
		}
		points := w.writeKept(out.AppendEmpty(), b.md.ResourceMetrics().At(i), role.host, e.Process)
		res.Kept++
		res.KeptPoints += points
	}
}

// finish closes one host's scrape.
func (w *Writer) finish(out pmetric.ResourceMetricsSlice, h *Host, res *Result) {
	withheld := w.settings.Other == "" || h.WithholdOther
	switch {
	case w.settings.Other == "":
		h.Ledger.Discard()
	case h.WithholdOther:
		h.Ledger.Withhold()
	}
	parts := w.openParts(out, h)
	h.Ledger.Finish()
	w.writeParts(h, parts, res)
	res.Other += h.standsFor(0)
	if !withheld {
		res.OtherPoints += w.writeOther(out, h)
	}
	res.Ended += w.endSeries(out, h)
	res.PlainDropped += h.plain
}

// writeKept copies a process out, its counters replaced by its own account.
func (w *Writer) writeKept(out, in pmetric.ResourceMetrics, h *Host, p *process.Process) (points int) {
	attrs := in.Resource().Attributes()
	labels := labelsOf(in, w.settings.Drop)
	h.Ledger.Keep(p, labels)
	series := w.series(h, p, labels, in)

	out.SetSchemaUrl(in.SchemaUrl())
	copyAttributes(attrs, out.Resource().Attributes(), w.settings.Drop)
	sms := in.ScopeMetrics()
	for i := range sms.Len() {
		from := sms.At(i)
		to := out.ScopeMetrics().AppendEmpty()
		to.SetSchemaUrl(from.SchemaUrl())
		from.Scope().CopyTo(to.Scope())
		to.Metrics().EnsureCapacity(from.Metrics().Len())
		for j := range from.Metrics().Len() {
			m := from.Metrics().At(j)
			if known := w.dict.find(m, w.hint(j)); known != nil {
				points += w.writeMetric(to.Metrics(), m, known, h, p, series, i)
			}
		}
	}
	return points
}

func (w *Writer) hint(j int) *metric {
	if j < len(w.reader.order) {
		return w.reader.order[j]
	}
	return nil
}

func copyAttributes(from, to pcommon.Map, without []string) {
	to.EnsureCapacity(from.Len())
	for k, v := range from.All() {
		if !slices.Contains(without, k) {
			v.CopyTo(to.PutEmpty(k))
		}
	}
}

func (w *Writer) writeMetric(out pmetric.MetricSlice, m pmetric.Metric, known *metric, h *Host, p *process.Process, series *keptSeries, scope int) int {
	if known.key.typ != pmetric.MetricTypeSum && known.key.typ != pmetric.MetricTypeGauge {
		m.CopyTo(out.AppendEmpty())
		n := series.addOther(w.dict, known, m, scope)
		h.plain -= n
		return n
	}
	from := numberPoints(m)
	to := known.describe(out.AppendEmpty())
	to.EnsureCapacity(from.Len())
	for i := range from.Len() {
		dp := from.At(i)
		pt := known.find(w.dict, i, dp.Attributes())
		if pt == nil || dp.Flags().NoRecordedValue() {
			continue
		}
		if start, ok := w.writePoint(to, dp, pt, h, p); ok {
			series.add(pt, scope, start)
		}
	}
	n := to.Len()
	if n == 0 {
		out.RemoveIf(func(m pmetric.Metric) bool { return pointCount(m) == 0 })
	}
	return n
}

func numberPoints(m pmetric.Metric) pmetric.NumberDataPointSlice {
	if m.Type() == pmetric.MetricTypeGauge {
		return m.Gauge().DataPoints()
	}
	return m.Sum().DataPoints()
}

// writePoint writes one point of a kept process and returns its start; false
// if it is refused.
func (w *Writer) writePoint(out pmetric.NumberDataPointSlice, dp pmetric.NumberDataPoint, pt *point, h *Host, p *process.Process) (start int64, ok bool) {
	n, ok := numberOf(dp)
	kind := pt.metric.kind
	switch {
	case !ok:
		return 0, false
	case kind == process.Plain:
		h.plain--
		dp.CopyTo(out.AppendEmpty())
		return 0, true
	}
	if n, ok = n.as(pt.float); !ok || pt.number < 0 {
		return 0, false
	}
	slot := process.Slot(pt.number)
	switch {
	case kind == process.Counter:
		return w.writeCounter(out, dp, slot, n, h, p)
	case kind == process.Flow && pt.metric.key.monotonic && !(n.value() >= 0):
		return 0, false
	case n.float:
		h.Ledger.KeepFloat(slot, n.f)
	default:
		h.Ledger.KeepInt(slot, n.i)
	}
	dp.CopyTo(out.AppendEmpty())
	return 0, true
}

func (w *Writer) writeCounter(out pmetric.NumberDataPointSlice, dp pmetric.NumberDataPoint, slot process.Slot, n number, h *Host, p *process.Process) (start int64, ok bool) {
	if v := n.value(); !(v >= 0 && v <= math.MaxFloat64) {
		return 0, false
	}
	v, start, ok := h.Ledger.Emit(p, slot, nanos(dp.Timestamp()))
	if !ok {
		return 0, false
	}
	to := out.AppendEmpty()
	if w.settings.Raw {
		dp.CopyTo(to)
		return nanos(dp.StartTimestamp()), true
	}
	dp.Attributes().CopyTo(to.Attributes())
	to.SetTimestamp(dp.Timestamp())
	to.SetStartTimestamp(pcommon.Timestamp(start))
	if n.float {
		to.SetDoubleValue(v.Float)
	} else {
		to.SetIntValue(v.Int)
	}
	return start, true
}

// sweepHosts forgets what was written for hosts that the reader forgot, once
// they are many: a host that comes back soon has series to end.
func (w *Writer) sweepHosts() {
	if len(w.hosts) <= MaxHosts {
		return
	}
	for name := range w.hosts {
		if w.reader.hosts[name] == nil {
			delete(w.hosts, name)
		}
	}
}

// written returns what a host's previous scrape had. What was written from
// another account ends.
func (w *Writer) written(h *Host) *written {
	wr := w.hosts[h.Name]
	if wr == nil {
		wr = &written{}
		w.hosts[h.Name] = wr
	}
	if wr.ledger != h.Ledger {
		for _, index := range wr.indexes() {
			wr.orphans = append(wr.orphans, wr.kept[index])
		}
		for part := range wr.rests {
			wr.endRest(process.Part(part))
		}
		wr.ledger, wr.kept, wr.rests = h.Ledger, map[int]*keptSeries{}, nil
	}
	return wr
}

func (w *written) indexes() []int {
	indexes := make([]int, 0, len(w.kept))
	for i := range w.kept {
		indexes = append(indexes, i)
	}
	slices.Sort(indexes)
	return indexes
}
