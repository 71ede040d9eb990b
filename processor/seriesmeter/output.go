package seriesmeter

import (
	"iter"
	"math"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/processbatch"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

// outputMeter measures what is left. It counts as a backend does: the
// difference of samples of each series.
type outputMeter struct {
	cfg       *Config
	hosts     map[string]*outputHost
	maxSeries int // see maxOutputSeries
}

// outputHost is the account of one host, and its scrape under way.
type outputHost struct {
	name     string
	time     int64 // of the latest scrape
	distinct *distinct
	totals

	// Of the scrape under way.
	begun           bool
	input           *inputScrape // the input's latest, nil if there is none
	matched, newest int64        // timestamps: the latest that is one of input's, and of all
	record          scraperecord.Record
	pids            map[int64]bool
	found           map[uint64]int  // by hash of labels: how many series
	points          map[string]bool // point identities; nil unless an exporter leaves the rest out
	cpu, memory, io float64         // used under names
}

func newOutputMeter(cfg *Config) *outputMeter {
	return &outputMeter{cfg: cfg, hosts: map[string]*outputHost{}, maxSeries: maxOutputSeries}
}

// measure returns a record for every host in the batch.
func (m *outputMeter) measure(md pmetric.Metrics) []*scraperecord.Record {
	done := time.Now()
	var hosts []*outputHost
	for _, rm := range md.ResourceMetrics().All() {
		if h, first := m.measureResource(rm); first {
			hosts = append(hosts, h)
		}
	}
	records := make([]*scraperecord.Record, len(hosts))
	for i, h := range hosts {
		records[i] = m.finish(h, done)
	}
	return records
}

// missed returns the record of a scrape of which nothing arrived.
func (m *outputMeter) missed(in *inputScrape) *scraperecord.Record {
	h := m.host(in.record.Host)
	m.begin(h)
	h.input, h.matched = in, in.time
	return m.finish(h, in.begun)
}

// subject is what the series of a resource are about.
type subject uint8

const (
	nothing   subject = iota // that is measured
	aProcess                 // one of the input's
	aGroup                   // the sum of some, under the group's name
	theOthers                // the sum of all that have no name any more
)

// subjectOf tells a process, a group and _other_ from everything else.
func (m *outputMeter) subjectOf(attrs pcommon.Map) subject {
	if _, ok := attrs.Get("process.pid"); ok {
		return aProcess
	}
	if _, ok := attrs.Get("process.group"); ok { // which may be of processes that are called like _other_
		return aGroup
	}
	if name, ok := attrs.Get("process.executable.name"); ok && name.AsString() == m.cfg.OtherName {
		return theOthers
	}
	return nothing
}

// measureResource takes a process, a group or _other_ into its host's scrape;
// first tells that it is the first one.
func (m *outputMeter) measureResource(rm pmetric.ResourceMetrics) (h *outputHost, first bool) {
	attrs := rm.Resource().Attributes()
	of := m.subjectOf(attrs)
	if of == nothing || !processesOnly(rm) {
		return nil, false
	}
	h = m.host(processbatch.HostOf(attrs))
	if first = !h.begun; first {
		m.begin(h)
	}
	labels := processbatch.HashAttributes(attrs, nil)
	n := h.measureMetrics(rm, labels, of)
	if pid, ok := attrs.Get("process.pid"); ok && n > 0 {
		h.record.Processes++
		h.pids[pid.Int()] = true
	}
	h.record.Series += n
	h.found[labels] += n
	var marshaler pmetric.ProtoMarshaler
	h.record.Bytes += framed(marshaler.ResourceMetricsSize(rm))
	return h, first
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

// host returns the account of a host.
func (m *outputMeter) host(name string) *outputHost {
	h := m.hosts[name]
	if h == nil {
		makeRoom(m.hosts, func(h *outputHost) int64 { return h.time })
		h = &outputHost{name: name, distinct: newDistinct(m.cfg.Window), totals: newTotals(m.maxSeries)}
		m.hosts[name] = h
	}
	return h
}

// begin opens a host's scrape.
func (m *outputMeter) begin(h *outputHost) {
	h.begun = true
	h.input = meters.latest(m.cfg.Variant, h.name)
	h.matched, h.newest = 0, 0
	h.record = scraperecord.Record{}
	h.pids, h.found = map[int64]bool{}, map[uint64]int{}
	if m.cfg.Identity == identityPoint {
		h.points = map[string]bool{}
	}
	h.cpu, h.memory, h.io = 0, 0, 0
	h.totals.begin()
}

// measureMetrics returns how many series the resource has.
func (h *outputHost) measureMetrics(rm pmetric.ResourceMetrics, labels uint64, of subject) (n int) {
	unreadable := true
	for _, sm := range rm.ScopeMetrics().All() {
		for _, m := range sm.Metrics().All() {
			unreadable = unreadable && m.Name() != "process.disk.io"
			n += h.measureMetric(m, labels, of)
		}
	}
	if unreadable && of == aProcess && n > 0 {
		h.record.Unreadable++
	}
	return n
}

func (h *outputHost) measureMetric(m pmetric.Metric, labels uint64, of subject) int {
	switch m.Type() {
	case pmetric.MetricTypeSum:
		counter := m.Sum().IsMonotonic() && m.Sum().AggregationTemporality() == pmetric.AggregationTemporalityCumulative
		return h.measureNumbers(m.Name(), m.Sum().DataPoints(), labels, counter, of)
	case pmetric.MetricTypeGauge:
		return h.measureNumbers(m.Name(), m.Gauge().DataPoints(), labels, false, of)
	case pmetric.MetricTypeHistogram:
		return countPoints(h, m.Name(), m.Histogram().DataPoints().All())
	case pmetric.MetricTypeExponentialHistogram:
		return countPoints(h, m.Name(), m.ExponentialHistogram().DataPoints().All())
	case pmetric.MetricTypeSummary:
		return countPoints(h, m.Name(), m.Summary().DataPoints().All())
	}
	return 0
}

// point is a data point of any type.
type point interface {
	Timestamp() pcommon.Timestamp
	Flags() pmetric.DataPointFlags
	Attributes() pcommon.Map
}

// countPoints returns how many of the points are series; last points of series
// that ended are none. Of those that are no numbers nothing else is measured.
func countPoints[P point](h *outputHost, metric string, points iter.Seq2[int, P]) (n int) {
	for _, dp := range points {
		h.sawTime(dp.Timestamp())
		if dp.Flags().NoRecordedValue() {
			continue
		}
		n++
		if h.points != nil {
			h.points[processbatch.SeriesKey(metric, dp.Attributes())] = true
		}
	}
	return n
}

func (h *outputHost) measureNumbers(metric string, dps pmetric.NumberDataPointSlice, labels uint64, counter bool, of subject) (n int) {
	for _, dp := range dps.All() {
		h.sawTime(dp.Timestamp())
		if dp.Flags().NoRecordedValue() {
			continue
		}
		n++
		key := processbatch.SeriesKey(metric, dp.Attributes())
		if h.points != nil {
			h.points[key] = true
		}
		rank, used := h.add(key, metric, dp, labels, counter, of)
		if of == theOthers || used < 0 {
			continue
		}
		switch rank {
		case rankCPU:
			h.cpu += used
		case rankMemory:
			h.memory += used
		case rankIO:
			h.io += used
		}
	}
	return n
}

// sawTime looks for the input's scrape by a point's timestamp. One that is far
// from the others finds nothing and does no harm.
func (h *outputHost) sawTime(t pcommon.Timestamp) {
	at := int64(min(uint64(t), math.MaxInt64))
	h.newest = max(h.newest, at)
	if h.input == nil || at <= h.matched || !h.input.has(at) {
		return
	}
	if h.matched == 0 {
		meters.pick(h.input)
	}
	h.matched = at
}

// finish makes the record of a host's scrape.
func (m *outputMeter) finish(h *outputHost, done time.Time) *scraperecord.Record {
	r := h.record
	h.time = h.newest
	if h.matched > 0 {
		h.time = h.input.time
		r.Compared = h.compare(h.input, done)
		r.Critical = h.retention(h.input)
	}
	h.distinct.begin(h.time)
	for labels, n := range h.found {
		h.distinct.see(h.distinct.set(labels), n)
	}
	r.Variant, r.Role, r.Host, r.Time = m.cfg.Variant, scraperecord.RoleOutput, h.name, h.time
	r.Active, r.Distinct, r.Window = r.Series, h.distinct.count(), m.cfg.Window.Seconds()
	if h.points != nil {
		r.Active = len(h.points)
	}
	h.totals.forget(h.time, m.cfg.Window)
	h.begun, h.input, h.pids, h.found, h.points = false, nil, nil, nil, nil
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
	c.IntegerError, c.DoubleError = h.totals.compare(in.truth)
	if !h.totals.whole() {
		c.NamedCPU, c.NamedIO = unknown, unknown
	}
	return c
}

// unknown stands for a number of a comparison that nothing is known of.
const unknown = -1

// share is part of whole, unknown if there was nothing to share.
func share(part, whole float64) float64 {
	if !(whole > 0) || math.IsInf(whole, 1) {
		return unknown
	}
	return math.Min(part/whole, 1)
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
