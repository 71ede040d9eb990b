package seriesmeter

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

// maxOutputSeries is how many output series a meter remembers the last sample
// of, per host. Beyond it the comparison of totals is left out.
const maxOutputSeries = 200_000

// maxTotals is how many metrics × attribute sets are compared with the input's,
// per host.
const maxTotals = 4096

// outputMeter measures what is left. It counts as a backend does: the
// difference of samples of each series.
type outputMeter struct {
	cfg   *Config
	hosts map[string]*outputHost
}

type outputHost struct {
	name     string
	distinct *distinct
	sets     map[uint64]*seriesSet
	last     map[uint64]*lastSample
	totals   map[string]*total
	truth    map[string]measured // of the input's scrape compared last; nil before

	// Of the scrape under way.
	time        int64
	record      scraperecord.Record
	pids        map[int64]bool
	points      map[string]bool // point identities, for exporters that leave the rest out
	cpu, memory float64         // used under names
	io          float64
}

type lastSample struct {
	v    process.Amount
	seen int64
}

// measured is the truth about one series of the host.
type measured struct {
	level, float bool
	process.Amount
}

// total is what a backend counted for one series of the host, over all its
// processes.
type total struct {
	process.Amount                // growth so far, or the sum of this scrape's levels
	base           process.Amount // what to take off before it is compared with the truth
	begun          bool
	level          bool
	fresh          bool // _other_ had its first sample in this scrape: its growth waits
}

func newOutputMeter(cfg *Config) *outputMeter {
	return &outputMeter{cfg: cfg, hosts: map[string]*outputHost{}}
}

// measure returns a record for every host in the batch.
func (m *outputMeter) measure(md pmetric.Metrics) []*scraperecord.Record {
	done := time.Now()
	var hosts []*outputHost
	for _, rm := range md.ResourceMetrics().All() {
		if h, begun := m.measureResource(rm); h != nil && begun {
			hosts = append(hosts, h)
		}
	}
	records := make([]*scraperecord.Record, 0, len(hosts))
	for _, h := range hosts {
		if r := m.finish(h, done); r != nil {
			records = append(records, r)
		}
	}
	return records
}

// measureResource takes a process or _other_ into its host's scrape; begun
// tells that it is the first one.
func (m *outputMeter) measureResource(rm pmetric.ResourceMetrics) (h *outputHost, begun bool) {
	attrs := rm.Resource().Attributes()
	pid, isProcess := attrs.Get("process.pid")
	name, named := attrs.Get("process.executable.name")
	isOther := !isProcess && named && name.AsString() == m.cfg.OtherName
	if (!isProcess && !isOther) || !processesOnly(rm) {
		return nil, false
	}
	h = m.host(processbatch.HostOf(attrs))
	if begun = h.pids == nil; begun {
		h.begin()
	}
	labels := processbatch.HashAttributes(attrs, nil)
	n := h.measureMetrics(rm, labels, isOther)
	if n > 0 && isProcess {
		h.record.Processes++
		h.pids[pid.Int()] = true
	}
	h.addSet(labels, n)
	var marshaler pmetric.ProtoMarshaler
	h.record.Bytes += framed(marshaler.ResourceMetricsSize(rm))
	return h, begun
}

// processesOnly tells a process's resource from an application's that names
// its PID.
func processesOnly(rm pmetric.ResourceMetrics) bool {
	for _, sm := range rm.ScopeMetrics().All() {
		for _, m := range sm.Metrics().All() {
			if !processbatch.IsProcessMetric(m.Name()) {
				return false
			}
		}
	}
	return rm.ScopeMetrics().Len() > 0
}

// host returns the account of a host. There are at most as many as an input
// meter keeps: the one not seen for the longest gives way.
func (m *outputMeter) host(name string) *outputHost {
	h := m.hosts[name]
	if h != nil {
		return h
	}
	if len(m.hosts) >= processbatch.MaxHosts {
		oldest := slices.MinFunc(slices.Collect(maps.Values(m.hosts)), func(a, b *outputHost) int {
			return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.name, b.name))
		})
		delete(m.hosts, oldest.name)
	}
	h = &outputHost{
		name: name, distinct: newDistinct(m.cfg.Window), sets: map[uint64]*seriesSet{},
		last: map[uint64]*lastSample{}, totals: map[string]*total{},
	}
	m.hosts[name] = h
	return h
}

func (h *outputHost) begin() {
	h.record = scraperecord.Record{}
	h.pids, h.points = map[int64]bool{}, map[string]bool{}
	h.cpu, h.memory, h.io = 0, 0, 0
	h.time = 0
	for _, t := range h.totals {
		t.fresh = false
		if t.level {
			t.Amount = process.Amount{}
		}
	}
}

// measureMetrics returns how many series the resource has.
func (h *outputHost) measureMetrics(rm pmetric.ResourceMetrics, labels uint64, isOther bool) (n int) {
	unreadable := true
	for _, sm := range rm.ScopeMetrics().All() {
		for _, m := range sm.Metrics().All() {
			unreadable = unreadable && m.Name() != "process.disk.io"
			var dps pmetric.NumberDataPointSlice
			switch m.Type() {
			case pmetric.MetricTypeSum:
				dps = m.Sum().DataPoints()
			case pmetric.MetricTypeGauge:
				dps = m.Gauge().DataPoints()
			default:
				continue
			}
			counter := m.Type() == pmetric.MetricTypeSum && m.Sum().IsMonotonic() &&
				m.Sum().AggregationTemporality() == pmetric.AggregationTemporalityCumulative
			for _, dp := range dps.All() {
				h.time = max(h.time, int64(dp.Timestamp()))
				if dp.Flags().NoRecordedValue() {
					continue
				}
				n++
				h.measurePoint(m.Name(), dp, labels, counter, isOther)
			}
		}
	}
	h.record.Series += n
	if unreadable && !isOther && n > 0 {
		h.record.Unreadable++
	}
	return n
}

func (h *outputHost) measurePoint(metric string, dp pmetric.NumberDataPoint, labels uint64, counter, isOther bool) {
	key := processbatch.SeriesKey(metric, dp.Attributes())
	h.points[key] = true
	v := amount(dp)
	t := h.total(key)
	if t == nil || v.Float-v.Float != 0 { // no room, or not a number, or infinite
		return
	}
	if counter {
		id := mix(labels ^ processbatch.HashText(key))
		last := h.last[id]
		if last == nil {
			if len(h.last) < maxOutputSeries {
				h.last[id] = &lastSample{v: v, seen: int64(dp.Timestamp())}
			}
			t.fresh = t.fresh || isOther
			return
		}
		v, last.v = growth(last.v, v), v
		last.seen = int64(dp.Timestamp())
	} else {
		t.level = true
	}
	t.Int += v.Int
	t.Float += v.Float
	if isOther {
		return
	}
	used := float64(v.Int) + v.Float
	switch {
	case used < 0:
	case processbatch.Counts("cpu", metric, dp.Attributes()):
		h.cpu += used
	case processbatch.Counts("memory", metric, dp.Attributes()):
		h.memory += used
	case processbatch.Counts("disk_io", metric, dp.Attributes()):
		h.io += used
	}
}

// total returns the account of one series over all processes, or nil at the
// limit.
func (h *outputHost) total(key string) *total {
	t := h.totals[key]
	if t == nil && len(h.totals) < maxTotals {
		t = &total{}
		h.totals[key] = t
	}
	return t
}

func amount(dp pmetric.NumberDataPoint) process.Amount {
	if dp.ValueType() == pmetric.NumberDataPointValueTypeInt {
		return process.Amount{Int: dp.IntValue()}
	}
	return process.Amount{Float: dp.DoubleValue()}
}

// growth is what a backend counts between two samples of a counter: their
// difference, or the later one if it is smaller.
func growth(last, v process.Amount) process.Amount {
	if v.Int < last.Int || v.Float < last.Float {
		return v
	}
	return process.Amount{Int: v.Int - last.Int, Float: v.Float - last.Float}
}

// addSet counts the resource's series among the distinct ones.
func (h *outputHost) addSet(labels uint64, n int) {
	h.distinct.begin(h.time)
	set := h.sets[labels]
	if set == nil || set.gone {
		set = h.distinct.set(labels)
		h.sets[labels] = set
	}
	set.see(h.time, n, h.distinct)
}

// finish makes the record of a host's scrape.
func (m *outputMeter) finish(h *outputHost, done time.Time) *scraperecord.Record {
	r := h.record
	r.Variant, r.Role, r.Host, r.Time = m.cfg.Variant, scraperecord.RoleOutput, h.name, h.time
	r.Active, r.Distinct, r.Window = r.Series, h.distinct.count(), m.cfg.Window.Seconds()
	if m.cfg.Identity == identityPoint {
		r.Active = len(h.points)
	}
	if in := meters.get(m.cfg.Variant, h.name, h.time); in != nil {
		r.Time = in.time
		r.Compared = h.compare(in, done)
		r.Critical = h.retention(in)
	}
	h.forget(m.cfg.Window)
	h.pids = nil
	return &r
}

// compare says what became of the input's scrape.
func (h *outputHost) compare(in *inputScrape, done time.Time) *scraperecord.Comparison {
	c := &scraperecord.Comparison{
		InputProcesses: in.record.Processes, InputSeries: in.record.Series, Unreadable: in.record.Unreadable,
		NamedCPU: share(h.cpu, in.cpu), NamedMemory: share(h.memory, in.memory), NamedIO: share(h.io, in.io),
		Nanoseconds: done.Sub(in.begun).Nanoseconds(),
	}
	if in.record.Series > 0 {
		c.Reduction = 1 - float64(h.record.Series)/float64(in.record.Series)
	}
	for _, u := range in.busiest {
		if u.elapsed > 0 && !h.pids[u.pid] && u.seconds/u.elapsed > c.Lost.CPU {
			c.Lost = scraperecord.Lost{Name: u.name, PID: u.pid, CPU: u.seconds / u.elapsed}
		}
	}
	for key, truth := range in.truth {
		off := h.difference(key, truth)
		if truth.float {
			c.DoubleError = math.Max(c.DoubleError, off/math.Max(1, math.Abs(truth.Float)))
		} else {
			c.IntegerError = math.Max(c.IntegerError, off)
		}
	}
	h.truth = in.truth
	return c
}

// share is part of whole, -1 if there was nothing to share.
func share(part, whole float64) float64 {
	if whole <= 0 {
		return -1
	}
	return math.Min(part/whole, 1)
}

// difference returns how far what a backend counted for a series of the host
// is from the truth. The first common scrape is where both begin.
func (h *outputHost) difference(key string, truth measured) float64 {
	t := h.total(key)
	if t == nil {
		return 0
	}
	t.level = truth.level
	if !truth.level && !t.begun {
		t.begun = true
		before := truth.Amount
		if h.truth != nil {
			before = h.truth[key].Amount
			t.Amount = process.Amount{} // the series is new, and counts from now on
		}
		t.base = process.Amount{Int: before.Int - t.Int, Float: before.Float - t.Float}
	}
	if t.fresh {
		return 0
	}
	if truth.float {
		return math.Abs(truth.Float - t.base.Float - t.Float)
	}
	return math.Abs(float64(truth.Int - t.base.Int - t.Int))
}

// retention says of each critical entry whether its processes are there.
func (h *outputHost) retention(in *inputScrape) []scraperecord.Critical {
	states := append([]scraperecord.Critical(nil), in.record.Critical...)
	for i := range states {
		for pid := range in.running[i] {
			if !h.pids[pid] {
				states[i].State = scraperecord.StateDropped
			}
		}
	}
	return states
}

// forget drops the samples of series that have not been seen for the window:
// one that comes back is a first sample again.
func (h *outputHost) forget(window time.Duration) {
	for id, last := range h.last {
		if last.seen < h.time-int64(window) {
			delete(h.last, id)
		}
	}
	for labels, set := range h.sets {
		if set.gone {
			delete(h.sets, labels)
		}
	}
}
