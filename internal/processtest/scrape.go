package processtest

import (
	"fmt"
	"math"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"
)

// Faults are what a scrape may have wrong.
type Faults struct {
	Values     bool // NaN, infinite, negative
	Duplicates bool // a process comes twice
	Creation   bool // the scraper could not read a creation time and says now
}

// Scrape returns one call's batch: an application that names its PID, and then
// every host with the processes that can be read.
func (s *Simulation) Scrape(t *rapid.T, f Faults) pmetric.Metrics {
	md := pmetric.NewMetrics()
	AddApplication(md, s.now)
	for _, h := range s.Hosts {
		for _, p := range h.Live {
			if p.Absent > 0 {
				continue
			}
			at := s.now + rapid.Int64Range(0, int64(2e8)).Draw(t, "reading")
			start := p.Start
			if f.Creation && rapid.IntRange(0, 15).Draw(t, "no creation time") == 0 {
				start = at
			}
			p.write(t, md.ResourceMetrics().AppendEmpty(), h.Name, start, at, f)
			if f.Duplicates && rapid.IntRange(0, 15).Draw(t, "twice") == 0 {
				p.write(t, md.ResourceMetrics().AppendEmpty(), h.Name, start, at, Faults{})
			}
		}
	}
	return md
}

// AddApplication adds an application that names its PID, which is no process of
// the scraper, at a time in nanoseconds. Its service.name is shop.
func AddApplication(md pmetric.Metrics, at int64) {
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutInt("process.pid", 1)
	rm.Resource().Attributes().PutStr("service.name", "shop")
	Put(AddPoint(AddGauge(rm.ScopeMetrics().AppendEmpty().Metrics(), "process.runtime.go.goroutines"), 0, at), int64(7))
}

func (p *Simulated) write(t *rapid.T, rm pmetric.ResourceMetrics, host string, start, at int64, f Faults) {
	p.describe(rm, host, at)
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName("hostmetrics")
	ms := sm.Metrics()
	counter := func(name, unit, key string, values map[string]any) {
		sum := AddSum(ms, name, unit, true)
		for _, k := range sortedKeys(values) {
			dp := AddPoint(sum, start, at)
			dp.Attributes().PutStr(key, k)
			Put(dp, spoil(t, values[k], f.Values))
		}
	}
	counter("process.cpu.time", "s", "state", map[string]any{"system": p.system, "user": p.user, "wait": 0.0})
	if !p.noIO {
		counter("process.disk.io", "By", "direction", map[string]any{"read": p.read, "write": p.written})
	}
	Put(AddPoint(AddSum(ms, "process.memory.usage", "By", false), start, at), spoil(t, p.memory, f.Values))
}

// describe writes the attributes of the resource. The command line is another
// one at every scrape, and secret.
func (p *Simulated) describe(rm pmetric.ResourceMetrics, host string, at int64) {
	attrs := rm.Resource().Attributes()
	attrs.PutInt("process.pid", p.PID)
	attrs.PutStr("process.executable.name", p.Name)
	attrs.PutStr("process.command", p.Title)
	attrs.PutStr("process.command_line", fmt.Sprintf("%s --secret=%d", p.Name, at))
	attrs.PutStr("host.name", host)
	attrs.PutBool(criticalAttribute, p.Critical)
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
