package processbatch

import (
	"math"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// MaxHosts is how many hosts a reader keeps account of; the one not seen for
// the longest gives way.
const MaxHosts = 256

// MaxRanks is how many ranks a reader computes values for.
const MaxRanks = 8

// Reader reads batches into the ledgers of the hosts in them.
type Reader struct {
	watch  Watch
	admit  func(*Batch, *Host, pcommon.Resource, process.ID) bool
	divide func(*Host, pcommon.Resource, *process.Process) process.Part
	dict   dictionary
	budget process.Budget
	hosts  map[string]*Host
	last   *Host // of the resource before
	calls  uint64

	batch   Batch
	entries []resolved // metrics of the resource being read
	order   []*metric  // metrics of the resource read before
}

// resolved is a metric entry and what is known of its metric.
type resolved struct {
	entry   pmetric.Metric
	known   *metric                      // nil if there is no room to know it
	numbers pmetric.NumberDataPointSlice // only if isNumbers
	// isNumbers tells that the points are numbers, points how many they are.
	isNumbers bool
	points    int
}

// Settings says what a Reader is to find out.
type Settings struct {
	// Ranks are cpu, memory, disk_io or the names of metrics: each entry gets
	// a value by every one. At most MaxRanks.
	Ranks []string
	// Watch names the attributes whose change renews a process's verdict.
	Watch Watch
	// Admit is asked for a new process that StateLimit leaves no room for: it
	// may evict another one, of this or another host, and return true. May be nil.
	Admit func(b *Batch, h *Host, resource pcommon.Resource, id process.ID) bool
	// Divide says which part of its host's rest a process belongs to while it
	// is not kept. It is asked for a process without a verdict: one that is
	// new, or whose watched attributes have changed. Nil: the rest is whole.
	Divide func(h *Host, resource pcommon.Resource, p *process.Process) process.Part
	// StateLimit is how many processes are remembered, over all hosts.
	StateLimit int
}

// NewReader returns a reader that has seen nothing yet.
func NewReader(s Settings) *Reader {
	r := &Reader{
		hosts: map[string]*Host{},
		dict:  dictionary{set: process.NewSet(), byKey: map[metricKey]*metric{}},
	}
	r.Configure(s)
	return r
}

// Configure gives a reader other settings, between two scrapes. The accounts go
// on, and every verdict is to be found anew. Parts go on too, unless nobody
// divides the rest any more.
func (r *Reader) Configure(s Settings) {
	r.watch, r.admit, r.divide, r.budget.Max = s.Watch, s.Admit, s.Divide, s.StateLimit
	r.dict.rankBy(s.Ranks)
	for _, h := range r.hosts {
		if s.Divide == nil {
			h.endParts()
		}
		h.Ledger.Processes(func(p *process.Process) { p.Verdict = 0 })
	}
}

// staleAfter is how many times the last distance between two scrapes an
// account may lie idle.
const staleAfter = 2

// Resume forgets the hosts whose accounts are too old to go on, after the
// reader lay idle for a while.
func (r *Reader) Resume(idle time.Duration) {
	for name, h := range r.hosts {
		last, before := h.Ledger.Time(), h.Ledger.Previous()
		if before > 0 && int64(idle) > staleAfter*(last-before) {
			h.Ledger.Close()
			delete(r.hosts, name)
		}
	}
	r.last = nil
}

// Hosts is how many hosts the reader keeps account of.
func (r *Reader) Hosts() int { return len(r.hosts) }

// Tracked returns how many processes are remembered, over all hosts.
func (r *Reader) Tracked() int { return r.budget.Used() }

// Knows reports whether the reader still keeps account of a host.
func (r *Reader) Knows(h *Host) bool { return r.hosts[h.Name] == h }

// Host is the account of one host, and its scrape in the present batch.
type Host struct {
	Name   string // host.id, else host.name, else empty
	Ledger *process.Ledger

	// Entries are the host's processes in this scrape.
	Entries []Entry
	// Received is how many data points came, Points how many of them could be
	// written, Untracked those of Points that belong to processes which are not
	// remembered.
	Received, Points, Untracked int
	// Unknown is how many processes had no creation time.
	Unknown int
	// WithholdOther is for the caller to set: do not write _other_ this time.
	// What it would have been given waits.
	WithholdOther bool

	values  []float64 // entry × rank
	places  []int32   // by process index: its entry + 1
	dropped []int     // by part: processes that it stands for in this scrape
	plain   int       // points that do not add up and are not kept
	call    uint64    // the latest call that had the host
	late    bool      // this call is not newer than the last one
	lateRun int
	lateAt  int64

	other other
}

// Entry is one process in one scrape.
type Entry struct {
	Process *process.Process // nil if it is not remembered
	Elapsed float64          // seconds since its previous sample, or since its creation if New; 0 if unknown

	resource int32
	Points   int32        // data points that are written if it is kept
	Part     process.Part // of the rest, to which it belongs if it is not
	Keep     bool         // for the caller to set
	Rates    uint8        // bit per rank: the value is an increase since the previous sample
	Has      uint8        // bit per rank: there is a value
	Bad      uint8        // bit per rank: there was a value that is none
}

// Values returns the values of the i-th entry by every rank: what it has, or
// by how much it grew over Elapsed.
func (h *Host) Values(i, ranks int) []float64 { return h.values[i*ranks : (i+1)*ranks] }

// AllValues returns the values of all entries, one after the other.
func (h *Host) AllValues() []float64 { return h.values }

// Place returns the number of a process's entry in this scrape; false if it
// has none.
func (h *Host) Place(p *process.Process) (entry int, ok bool) {
	if p.Index() >= len(h.places) || h.places[p.Index()] == 0 {
		return 0, false
	}
	entry = int(h.places[p.Index()]) - 1
	return entry, h.Entries[entry].Process == p
}

// open makes room for a scrape of about as many processes as the last one had.
func (h *Host) open(ranks int) {
	n := h.Ledger.Len() + h.Ledger.Len()/16 + 16
	h.Entries, h.values, h.places = make([]Entry, 0, n), make([]float64, 0, n*ranks), make([]int32, n)
}

// enter notes where a process's entry is.
func (h *Host) enter(p *process.Process, entry int) {
	for len(h.places) <= p.Index() {
		h.places = append(h.places, 0)
	}
	h.places[p.Index()] = int32(entry) + 1
}

// Evict forgets a process in favour of another one, whether it is in the scrape
// under way or not. What it used so far is accounted for.
func (h *Host) Evict(p *process.Process) {
	if i, here := h.Place(p); here {
		h.Entries[i].Process = nil
		h.Untracked += int(h.Entries[i].Points)
	}
	h.Ledger.Release(p)
	h.Ledger.Forget(p)
}

// Batch is one call's input with what the reader made of it. Its data are valid
// until its scrapes are closed, its hosts until the next call of Read.
type Batch struct {
	md    pmetric.Metrics
	roles []role
	hosts []*Host
	late  int
	extra int // points of hosts beyond MaxHosts

	passed, passedPoints int // resources that are not processes, and their points
}

// role is what becomes of a resource: the host's entry, or one of the constants.
type role struct {
	host  *Host
	entry int32
}

const (
	dropped = -1
	passed  = -2 // on, as it is
)

// Hosts returns the hosts that have a scrape in this batch.
func (b *Batch) Hosts() []*Host { return b.hosts }

// LatePoints is how many points were dropped since their host has newer ones.
func (b *Batch) LatePoints() int { return b.late }

// ExtraPoints is how many points were dropped since one call had more hosts
// than are kept account of.
func (b *Batch) ExtraPoints() int { return b.extra }

// PassedPoints is how many points the resources have that are no processes.
func (b *Batch) PassedPoints() int { return b.passedPoints }

// Passed calls f for every resource that is no process's, in their order. They
// are not f's to change.
func (b *Batch) Passed(f func(pmetric.ResourceMetrics)) {
	for i, role := range b.roles {
		if role.entry == passed {
			f(b.md.ResourceMetrics().At(i))
		}
	}
}

func (b *Batch) pass(rm pmetric.ResourceMetrics) {
	b.passed++
	for i := range rm.ScopeMetrics().Len() {
		ms := rm.ScopeMetrics().At(i).Metrics()
		for j := range ms.Len() {
			b.passedPoints += pointCount(ms.At(j))
		}
	}
}

// Resource returns the resource of a host's entry.
func (b *Batch) Resource(e *Entry) pcommon.Resource {
	return b.md.ResourceMetrics().At(int(e.resource)).Resource()
}

// Read accounts for every process resource of a batch. The batch is not
// changed. After the caller's decisions [Writer.Write] or [Reader.Skip] must
// follow, which close the scrape.
func (r *Reader) Read(md pmetric.Metrics) *Batch {
	r.calls++
	b := &r.batch
	b.md, b.late, b.extra, b.passed, b.passedPoints = md, 0, 0, 0, 0
	rms := md.ResourceMetrics()
	b.roles, b.hosts = make([]role, 0, rms.Len()), b.hosts[:0]
	for i := range rms.Len() {
		b.roles = append(b.roles, r.readResource(rms, i))
	}
	if r.dict.rivals {
		r.retire()
	}
	return b
}

// Skip closes the scrapes of a batch of which nothing is written.
func (r *Reader) Skip(b *Batch) {
	for _, h := range b.hosts {
		h.Ledger.Finish()
	}
	r.release()
}

// release lets go of the batch's data, which is not the reader's to hold when
// its call is over, and of what is only of use during a call.
func (r *Reader) release() {
	r.batch.md, r.batch.roles = pmetric.Metrics{}, nil
	clear(r.entries[:cap(r.entries)])
	for _, h := range r.batch.hosts {
		h.Entries, h.values, h.places = nil, nil, nil
	}
}

func (r *Reader) readResource(rms pmetric.ResourceMetricsSlice, i int) role {
	rm := rms.At(i)
	who, ok := r.watch.identify(rm.Resource().Attributes())
	if !ok {
		r.batch.pass(rm)
		return role{entry: passed}
	}
	at, start, ok := r.resolve(rm)
	if !ok {
		r.batch.pass(rm)
		return role{entry: passed}
	}
	h := r.host(who.host, rms, i, at)
	switch {
	case h == nil:
		r.batch.extra += countPoints(r.entries)
		return role{entry: dropped}
	case h.late:
		r.batch.late += countPoints(r.entries)
		return role{entry: dropped}
	}
	if start == 0 {
		if start = creation(rm.Resource().Attributes()); start == 0 {
			h.Unknown++
		}
	}
	return r.readProcess(h, rm, i, process.Sight{
		ID:   process.ID{PID: who.pid, Start: start},
		Time: at, Name: who.name, Attrs: who.attrs,
		NotFallen: r.notFallen,
	})
}

// resolve finds the metrics of a resource, its timestamp, and the creation
// time that its first cumulative sum gives, monotonic or not. It is false for a
// resource that is not a process's.
func (r *Reader) resolve(rm pmetric.ResourceMetrics) (at, start int64, ok bool) {
	r.entries = r.entries[:0]
	sms := rm.ScopeMetrics()
	for i := range sms.Len() {
		ms := sms.At(i).Metrics()
		for j := range ms.Len() {
			e := r.lookup(ms.At(j))
			if e.known == nil && !IsProcessMetric(e.entry.Name()) {
				return 0, 0, false
			}
			if !e.isNumbers {
				at = max(at, timeOf(e.entry))
			} else if e.points > 0 {
				first := e.numbers.At(0)
				at = max(at, nanos(first.Timestamp()))
				if start == 0 && e.known.key.temporality == pmetric.AggregationTemporalityCumulative {
					start = nanos(first.StartTimestamp())
				}
			}
		}
	}
	return at, start, len(r.entries) > 0
}

// lookup appends an entry with what is known of its metric: most often it is
// the one that the resource before had at the same place.
func (r *Reader) lookup(m pmetric.Metric) *resolved {
	n := len(r.entries)
	r.entries = slices.Grow(r.entries, 1)[:n+1]
	e := &r.entries[n]
	if n < len(r.order) {
		hint := r.order[n]
		if dps, ok := hint.key.is(m); ok {
			e.entry, e.known, e.numbers, e.isNumbers = m, hint, dps, hint.isNumbers
			hint.met = r.calls
			e.count()
			return e
		}
	}
	*e = resolved{entry: m, known: r.dict.find(m, nil)}
	if e.known != nil {
		e.known.met = r.calls
		e.numbers, e.isNumbers = e.known.key.is(m)
		e.isNumbers = e.isNumbers && e.known.isNumbers
		r.expect(n, e.known)
	}
	e.count()
	return e
}

func (e *resolved) count() {
	if e.isNumbers {
		e.points = e.numbers.Len()
	} else {
		e.points = pointCount(e.entry)
	}
}

// expect makes a metric the first guess for the n-th entry of the resources to
// come.
func (r *Reader) expect(n int, known *metric) {
	if n < len(r.order) {
		r.order[n] = known
	} else if n == len(r.order) && n < maxMetrics {
		r.order = append(r.order, known)
	}
}

// timeOf is the timestamp of the first point of a metric that is not made of
// numbers; 0 if it has none.
func timeOf(m pmetric.Metric) int64 {
	switch {
	case pointCount(m) == 0:
	case m.Type() == pmetric.MetricTypeHistogram:
		return nanos(m.Histogram().DataPoints().At(0).Timestamp())
	case m.Type() == pmetric.MetricTypeExponentialHistogram:
		return nanos(m.ExponentialHistogram().DataPoints().At(0).Timestamp())
	case m.Type() == pmetric.MetricTypeSummary:
		return nanos(m.Summary().DataPoints().At(0).Timestamp())
	}
	return 0
}

func nanos(t pcommon.Timestamp) int64 { return int64(min(uint64(t), math.MaxInt64)) }

// notFallen reports whether no counter of the resource being read is below
// what the process had.
func (r *Reader) notFallen(p *process.Process) bool {
	for _, e := range r.entries {
		if e.known == nil || e.known.kind != process.Counter {
			continue
		}
		for i := range e.points {
			dp := e.numbers.At(i)
			pt := e.known.find(&r.dict, i, dp.Attributes())
			if pt != nil && pt.fell(p, dp) {
				return false
			}
		}
	}
	return true
}

func (pt *point) fell(p *process.Process, dp pmetric.NumberDataPoint) bool {
	n, ok := numberOf(dp)
	if !ok || pt.number < 0 {
		return false
	}
	if n, ok = n.as(pt.float); !ok {
		return false
	}
	if n.float {
		return p.FellFloat(process.Slot(pt.number), n.f)
	}
	return p.FellInt(process.Slot(pt.number), n.i)
}

func (r *Reader) readProcess(h *Host, rm pmetric.ResourceMetrics, resource int, s process.Sight) role {
	before := h.Ledger.Faults.Duplicates
	p, elapsed := h.Ledger.See(s)
	if p == nil && h.Ledger.Faults.Duplicates > before {
		points := countPoints(r.entries)
		h.Received += points
		h.Ledger.Faults.Duplicates = before + max(points, 1)
		return role{entry: dropped}
	}
	if p == nil && r.admit != nil && r.admit(&r.batch, h, rm.Resource(), s.ID) {
		h.Ledger.Faults.Overflow--
		p, elapsed = h.Ledger.See(s)
	}
	h.Entries = append(h.Entries, Entry{
		Process: p, Elapsed: float64(elapsed) / 1e9, resource: int32(resource),
	})
	for range r.dict.ranks {
		h.values = append(h.values, 0)
	}
	e := &h.Entries[len(h.Entries)-1]
	if p != nil {
		h.enter(p, len(h.Entries)-1)
		e.Part = r.part(h, rm.Resource(), p)
	}
	r.account(h, e)
	h.Points += int(e.Points)
	if p == nil {
		h.Untracked += int(e.Points)
	}
	return role{host: h, entry: int32(len(h.Entries) - 1)}
}

// part returns the part of the rest that a process belongs to.
func (r *Reader) part(h *Host, resource pcommon.Resource, p *process.Process) process.Part {
	if r.divide != nil && p.Verdict == 0 {
		h.Ledger.Assign(p, r.divide(h, resource, p))
	}
	return h.Ledger.PartOf(p)
}

func countPoints(entries []resolved) (n int) {
	for _, e := range entries {
		n += e.points
	}
	return n
}

func pointCount(m pmetric.Metric) int {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		return m.Gauge().DataPoints().Len()
	case pmetric.MetricTypeSum:
		return m.Sum().DataPoints().Len()
	case pmetric.MetricTypeHistogram:
		return m.Histogram().DataPoints().Len()
	case pmetric.MetricTypeExponentialHistogram:
		return m.ExponentialHistogram().DataPoints().Len()
	case pmetric.MetricTypeSummary:
		return m.Summary().DataPoints().Len()
	}
	return 0
}
