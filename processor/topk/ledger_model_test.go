package topk

import (
	"fmt"
	"maps"
	"math"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// sample is one point of a batch, with the names of everything it belongs to.
type sample struct {
	host, metric, attrs string
	resource            string // all resource attributes
	pid                 int64  // 0: not a process's
	name                string // process.executable.name
	start, at           int64
	value               float64
	float               bool
	monotonic           bool
	flagged             bool
}

func (s sample) total() string  { return s.host + "|" + s.metric + "|" + s.attrs }
func (s sample) series() string { return s.resource + "|" + s.metric + "|" + s.attrs }

// identity is the series to a consumer that believes start times.
func (s sample) identity() string { return fmt.Sprint(s.series(), s.start) }

func text(m pcommon.Map) string {
	all := m.AsRaw()
	var b strings.Builder
	for _, k := range sortedKeys(all) {
		fmt.Fprintf(&b, "%s=%v,", k, all[k])
	}
	return b.String()
}

// samples lists the number points of every process and of _other_, resource
// by resource.
func samples(md pmetric.Metrics) (all [][]sample) {
	for _, rm := range md.ResourceMetrics().All() {
		attrs := rm.Resource().Attributes()
		base := sample{resource: text(attrs)}
		if v, ok := attrs.Get("process.pid"); ok {
			base.pid = v.Int()
		}
		if v, ok := attrs.Get("process.executable.name"); ok {
			base.name = v.Str()
		} else {
			continue // the application
		}
		if v, ok := attrs.Get("host.name"); ok {
			base.host = v.Str()
		}
		var list []sample
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				list = append(list, metricSamples(base, m)...)
			}
		}
		all = append(all, list)
	}
	return all
}

func metricSamples(base sample, m pmetric.Metric) (list []sample) {
	base.metric = m.Name()
	var dps pmetric.NumberDataPointSlice
	switch m.Type() {
	case pmetric.MetricTypeSum:
		dps, base.monotonic = m.Sum().DataPoints(), m.Sum().IsMonotonic()
	case pmetric.MetricTypeGauge:
		dps = m.Gauge().DataPoints()
	default:
		return nil
	}
	for _, dp := range dps.All() {
		s := base
		s.attrs, s.start, s.at = text(dp.Attributes()), int64(dp.StartTimestamp()), int64(dp.Timestamp())
		s.flagged = dp.Flags().NoRecordedValue()
		if s.float = dp.ValueType() == pmetric.NumberDataPointValueTypeDouble; s.float {
			s.value = dp.DoubleValue()
		} else {
			s.value = float64(dp.IntValue())
		}
		list = append(list, s)
	}
	return list
}

// truth is what the input's processes used, by the rules for a delta of the
// input, written down a second time and without regard to cost.
type truth struct {
	processes map[string]*truthProcess // by host and PID
	last      map[string]int64         // by host: time of the last scrape
	earliest  map[string]int64
	scrapes   map[string]int
	used      map[string]float64 // by host, metric, attributes
	waits     map[string]float64 // of it, what _other_ may show at its host's next scrape
	levels    map[string]float64
	offered   map[string][]sample // accepted input of the last call, by host and PID
}

type truthProcess struct {
	start  int64
	name   string
	missed int
	ref    map[string]float64
}

func newTruth() *truth {
	return &truth{
		processes: map[string]*truthProcess{}, last: map[string]int64{}, earliest: map[string]int64{},
		scrapes: map[string]int{}, used: map[string]float64{}, waits: map[string]float64{},
	}
}

// take accounts for one call's input.
func (tr *truth) take(md pmetric.Metrics) {
	tr.levels, tr.offered = map[string]float64{}, map[string][]sample{}
	byHost := map[string][][]sample{}
	for _, list := range samples(md) {
		if len(list) > 0 {
			byHost[list[0].host] = append(byHost[list[0].host], list)
		}
	}
	for host, lists := range byHost {
		newest, oldest := int64(0), int64(math.MaxInt64)
		for _, list := range lists {
			newest, oldest = max(newest, list[0].at), min(oldest, list[0].at)
		}
		if tr.scrapes[host] > 0 && newest <= tr.last[host] {
			continue // late
		}
		tr.scrapes[host]++
		maps.DeleteFunc(tr.waits, func(key string, _ float64) bool { return strings.HasPrefix(key, host+"|") })
		for _, list := range lists {
			tr.process(host, list)
		}
		tr.miss(host)
		tr.last[host], tr.earliest[host] = newest, oldest
	}
}

// beyond reports whether every host had more than n scrapes since it had those
// that are given. What _other_ gets at the first one under another name waits
// for the second.
func (tr *truth) beyond(scrapes map[string]int, n int) bool {
	for host, then := range scrapes {
		if tr.scrapes[host]-then <= n {
			return false
		}
	}
	return true
}

func (tr *truth) process(host string, list []sample) {
	key := fmt.Sprintf("%s/%d", host, list[0].pid)
	if _, twice := tr.offered[key]; twice {
		return
	}
	start := int64(0)
	for _, s := range list {
		if s.monotonic {
			start = s.start
			break
		}
	}
	p := tr.processes[key]
	if p != nil && p.start != start {
		if p.name == list[0].name && !fellAny(p, list) {
			p.start = min(p.start, start)
		} else {
			p = nil
		}
	}
	born := false
	isNew := p == nil
	if isNew {
		born = tr.scrapes[host] > 1 && start >= tr.earliest[host]-2e9
		p = &truthProcess{start: start, ref: map[string]float64{}}
		tr.processes[key] = p
	}
	p.name, p.missed = list[0].name, -1
	tr.offered[key] = nil
	for _, s := range list {
		switch {
		case s.monotonic && (math.IsNaN(s.value) || math.IsInf(s.value, 0) || s.value < 0):
		case s.monotonic:
			tr.grow(p, s, born)
			tr.offered[key] = append(tr.offered[key], s)
		default:
			if !math.IsNaN(s.value) && !math.IsInf(s.value, 0) {
				tr.levels[s.total()] += s.value
			}
			tr.offered[key] = append(tr.offered[key], s)
		}
	}
}

func fellAny(p *truthProcess, list []sample) bool {
	for _, s := range list {
		if ref, ok := p.ref[s.metric+s.attrs]; ok && s.monotonic && s.value < ref {
			return true
		}
	}
	return false
}

func (tr *truth) grow(p *truthProcess, s sample, born bool) {
	key := s.metric + s.attrs
	ref, known := p.ref[key]
	delta := 0.0
	switch {
	case !known && born:
		delta = s.value
	case !known:
	case s.value >= ref:
		delta = s.value - ref
	case ref-s.value <= 0.01*ref:
		s.value = ref // a dip
	default:
		delta = s.value
	}
	p.ref[key] = s.value
	if _, before := tr.used[s.total()]; !before {
		tr.used[s.total()] = 0
		tr.waits[s.total()] = 0
	}
	tr.used[s.total()] += delta
	if _, waits := tr.waits[s.total()]; waits {
		tr.waits[s.total()] += delta
	}
}

func (tr *truth) miss(host string) {
	for key, p := range tr.processes {
		if !strings.HasPrefix(key, host+"/") {
			continue
		}
		if p.missed++; p.missed >= 3 {
			delete(tr.processes, key)
		}
	}
}

// backend keeps the last sample of every series for ever and
// counts v - last, or v if that is smaller, and 0 for a first sample. If it
// believes start times, another start is another series, as it is to
// cumulativetodelta with initial_value auto and drop.
type backend struct {
	believes bool
	last     map[string]float64
	used     map[string]float64
}

func newBackend(believes bool) *backend {
	return &backend{believes: believes, last: map[string]float64{}, used: map[string]float64{}}
}

func (c *backend) take(md pmetric.Metrics) {
	for _, list := range samples(md) {
		for _, s := range list {
			if !s.monotonic || s.flagged {
				continue
			}
			key := s.series()
			if c.believes {
				key = s.identity()
			}
			last, known := c.last[key]
			switch {
			case !known:
				if c.believes && s.start != s.at && s.start >= scrapeStart {
					c.used[s.total()] += s.value
				}
			case s.value >= last:
				c.used[s.total()] += s.value - last
			case c.believes: // a reset is dropped
			default:
				c.used[s.total()] += s.value
			}
			c.last[key] = s.value
		}
	}
}

// differs returns what a consumer counted that is not the truth.
func (c *backend) differs(tr *truth) (wrong []string) {
	for key, used := range tr.used {
		want, got := used-tr.waits[key], c.used[key]
		if tolerance := 1e-9 * math.Max(1, math.Abs(used)); math.Abs(want-got) > tolerance ||
			(strings.Contains(key, "process.disk.io") && want != got) {
			wrong = append(wrong, fmt.Sprintf("%s: truth %v of which %v waits, counted %v", key, used, tr.waits[key], got))
		}
	}
	return wrong
}
