package topk

import (
	"fmt"
	"math"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"
)

// simulation makes scrapes of simulated hosts on which everything happens that
// happens on real ones, and some things that only an attacker would do.
type simulation struct {
	hosts []*simHost
	now   int64
}

type simHost struct {
	name    string
	live    []*simProcess
	nextPID int64
}

type simProcess struct {
	pid      int64
	start    int64
	name     string
	title    string
	critical bool
	user     float64
	system   float64
	read     int64
	written  int64
	memory   int64
	noIO     bool // the scraper may not read its I/O
	absent   int  // scrapes for which it cannot be read
}

// scrapeStart is later than any test's own start, so that a consumer which
// believes start times takes every start for later than its own.
const scrapeStart = int64(4e18)

func newSimulation(t *rapid.T) *simulation {
	s := &simulation{now: scrapeStart}
	for i := range rapid.IntRange(1, 2).Draw(t, "hosts") {
		h := &simHost{name: fmt.Sprintf("host-%d", i), nextPID: 1}
		for range rapid.IntRange(0, 12).Draw(t, "processes") {
			h.spawn(t, s.now-rapid.Int64Range(int64(3e9), int64(1e13)).Draw(t, "age"))
		}
		s.hosts = append(s.hosts, h)
	}
	return s
}

func (h *simHost) spawn(t *rapid.T, start int64) *simProcess {
	p := &simProcess{
		pid: h.nextPID, start: start,
		name:     rapid.SampledFrom([]string{"nginx", "postgres", "java", "sh"}).Draw(t, "name"),
		critical: rapid.IntRange(0, 9).Draw(t, "critical") == 0,
		noIO:     rapid.IntRange(0, 4).Draw(t, "noIO") == 0,
	}
	h.nextPID++
	p.work(t, 1000)
	h.live = append(h.live, p)
	return p
}

// work lets a process use resources.
func (p *simProcess) work(t *rapid.T, scale float64) {
	if rapid.IntRange(0, 2).Draw(t, "idle") == 0 {
		return
	}
	p.user += rapid.Float64Range(0, scale).Draw(t, "user")
	p.system += rapid.Float64Range(0, scale/10).Draw(t, "system")
	p.read += rapid.Int64Range(0, int64(scale*1e6)).Draw(t, "read")
	p.written += rapid.Int64Range(0, int64(scale*1e6)).Draw(t, "written")
	p.memory = rapid.Int64Range(0, 1<<33).Draw(t, "memory")
}

// step lets time pass: processes work, begin, end, change, hand on their PID.
func (s *simulation) step(t *rapid.T) {
	s.now += rapid.Int64Range(int64(3e9), int64(3e10)).Draw(t, "interval")
	for _, h := range s.hosts {
		for _, p := range slices.Clone(h.live) {
			p.work(t, 10)
			p.absent = max(p.absent-1, 0)
			switch rapid.IntRange(0, 30).Draw(t, "event") {
			case 0, 1:
				h.live = slices.DeleteFunc(h.live, func(o *simProcess) bool { return o == p })
			case 2: // the PID comes back
				p.start, p.user, p.system, p.read, p.written = s.now-int64(1e9), 0.5, 0, 10, 0
				p.name = rapid.SampledFrom([]string{p.name, "cron"}).Draw(t, "heir")
			case 3: // exec
				p.name = rapid.SampledFrom([]string{"nginx", "java"}).Draw(t, "exec")
			case 4: // setproctitle
				p.title = rapid.StringMatching("[a-c]").Draw(t, "title")
			case 5: // a counter begins anew
				p.user, p.read = p.user/rapid.Float64Range(1, 100).Draw(t, "reset"), p.read/3
			case 6:
				p.absent = rapid.IntRange(1, 4).Draw(t, "absent")
			case 7:
				p.noIO = !p.noIO
			case 8: // a small step back, as clocks of the kernel make
				p.system *= 0.995
			}
		}
		for range rapid.IntRange(0, 2).Draw(t, "births") {
			h.spawn(t, s.now-rapid.Int64Range(0, int64(3e9)).Draw(t, "youth"))
		}
	}
}

// faults are what a scrape may have wrong.
type faults struct {
	values     bool // NaN, infinite, negative
	duplicates bool
	creation   bool // the scraper could not read a creation time and says now
}

// scrape returns one call's batch: every host, in an order of its own, and
// between the processes an application that names its PID.
func (s *simulation) scrape(t *rapid.T, f faults) pmetric.Metrics {
	md := pmetric.NewMetrics()
	writeApplication(md.ResourceMetrics().AppendEmpty(), s.now)
	for _, h := range s.hosts {
		for _, p := range h.live {
			if p.absent > 0 {
				continue
			}
			at := s.now + rapid.Int64Range(0, int64(2e8)).Draw(t, "reading")
			start := p.start
			if f.creation && rapid.IntRange(0, 15).Draw(t, "no creation time") == 0 {
				start = at
			}
			p.write(t, md.ResourceMetrics().AppendEmpty(), h.name, start, at, f)
			if f.duplicates && rapid.IntRange(0, 15).Draw(t, "twice") == 0 {
				p.write(t, md.ResourceMetrics().AppendEmpty(), h.name, start, at, faults{})
			}
		}
	}
	return md
}

func writeApplication(rm pmetric.ResourceMetrics, at int64) {
	rm.Resource().Attributes().PutInt("process.pid", 1)
	rm.Resource().Attributes().PutStr("service.name", "shop")
	m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("process.runtime.go.goroutines")
	dp := m.SetEmptyGauge().DataPoints().AppendEmpty()
	dp.SetTimestamp(pcommon.Timestamp(at))
	dp.SetIntValue(7)
}

func (p *simProcess) write(t *rapid.T, rm pmetric.ResourceMetrics, host string, start, at int64, f faults) {
	attrs := rm.Resource().Attributes()
	attrs.PutInt("process.pid", p.pid)
	attrs.PutStr("process.executable.name", p.name)
	attrs.PutStr("process.command", p.title)
	attrs.PutStr("process.command_line", fmt.Sprintf("%s --secret=%d", p.name, at))
	attrs.PutStr("host.name", host)
	attrs.PutBool("process.test_critical", p.critical)
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName("hostmetrics")
	ms := sm.Metrics()
	counter := func(name, unit, key string, values map[string]any) {
		sum := sumOf(ms, name, unit, true)
		for _, k := range sortedKeys(values) {
			dp := point(sum, start, at)
			dp.Attributes().PutStr(key, k)
			put(dp, spoil(t, values[k], f.values))
		}
	}
	counter("process.cpu.time", "s", "state", map[string]any{"system": p.system, "user": p.user, "wait": 0.0})
	if !p.noIO {
		counter("process.disk.io", "By", "direction", map[string]any{"read": p.read, "write": p.written})
	}
	put(point(sumOf(ms, "process.memory.usage", "By", false), start, at), spoil(t, p.memory, f.values))
}

// spoil makes a value a bad one now and then.
func spoil(t *rapid.T, v any, yes bool) any {
	if !yes || rapid.IntRange(0, 25).Draw(t, "spoil") != 0 {
		return v
	}
	if _, float := v.(float64); float {
		return rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), -1}).Draw(t, "bad")
	}
	return int64(-5)
}

func sumOf(ms pmetric.MetricSlice, name, unit string, monotonic bool) pmetric.NumberDataPointSlice {
	m := ms.AppendEmpty()
	m.SetName(name)
	m.SetUnit(unit)
	sum := m.SetEmptySum()
	sum.SetIsMonotonic(monotonic)
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	return sum.DataPoints()
}

func point(dps pmetric.NumberDataPointSlice, start, at int64) pmetric.NumberDataPoint {
	dp := dps.AppendEmpty()
	dp.SetStartTimestamp(pcommon.Timestamp(start))
	dp.SetTimestamp(pcommon.Timestamp(at))
	return dp
}

func put(dp pmetric.NumberDataPoint, v any) {
	switch v := v.(type) {
	case float64:
		dp.SetDoubleValue(v)
	case int64:
		dp.SetIntValue(v)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
