package dataflow

import (
	"slices"
	"time"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// needed is how many times a receiver must have brought something: the first
// scrape of many components is unlike the others.
const needed = 2

// slack is what the last report may take to come, beyond what is waited for.
const slack = 5 * time.Second

// Proof gathers what is seen of a trial. It is for one goroutine.
type Proof struct {
	expect     Expectation
	minHealthy time.Duration
	begun      time.Time
	first      uint64 // report that was there before
	last       Counts
	seen       map[string]flow // by path
}

// flow is what was seen of a component since the trial began.
type flow struct {
	// rises counts the reports in which what it accepted or sent had grown.
	rises int
	// held says that points came, and were refused, given up or are waiting;
	// failed that they were refused or given up.
	held, failed bool
}

// Begin begins a proof at the time when the new service is up. Of base, which is
// what was counted before it started, only growth counts. A configuration must
// have worked for minHealthy to be confirmed.
func Begin(e Expectation, base Counts, minHealthy time.Duration, at time.Time) *Proof {
	return &Proof{expect: e, minHealthy: minHealthy, begun: at, first: base.Report, last: base, seen: map[string]flow{}}
}

// Deadline is when the trial is over, whatever has been seen: time for three
// scrapes, for a batch to be sent and for the report of it.
func (p *Proof) Deadline() time.Time {
	return p.begun.Add(max(p.minHealthy, 3*p.expect.interval) + p.expect.delay + slack)
}

// Observe takes a report in. One that is known already, or an older one,
// changes nothing.
func (p *Proof) Observe(c Counts) {
	if c.Report <= p.last.Report {
		return
	}
	last := p.last
	if c.Service != last.Service {
		last = Counts{} // it counts from 0
	}
	for _, r := range p.expect.receivers {
		was, is := last.Receivers[r.id], c.Receivers[r.id]
		p.see(r, grew(was.Accepted, is.Accepted), grew(was.Refused, is.Refused), false)
	}
	for _, e := range p.expect.exporters {
		was, is := last.Exporters[e.id], c.Exporters[e.id]
		p.see(e, grew(was.Sent, is.Sent), grew(was.Failed, is.Failed), is.Waiting > 0)
	}
	p.last = c
}

func (p *Proof) see(c component, rose, failed, waits bool) {
	f := p.seen[c.path]
	if rose {
		f.rises++
	}
	f.failed = f.failed || failed
	f.held = f.held || failed || waits
	p.seen[c.path] = f
}

// grew reports whether a count grew, which may have begun anew meanwhile.
func grew(was, is int64) bool { return is > was || is < was && is > 0 }

// Verdict is what can be said of a trial at some time.
type Verdict struct {
	// Decided is false as long as the trial goes on.
	Decided bool
	// Cause is why it failed. Zero: it did not.
	Cause remoteconfig.Cause
}

// Verdict judges what was observed until now. Healthy says that all components
// are well.
func (p *Proof) Verdict(healthy bool, now time.Time) Verdict {
	if healthy && p.flows() && now.Sub(p.begun) >= p.minHealthy {
		return Verdict{Decided: true}
	}
	if now.Before(p.Deadline()) {
		return Verdict{}
	}
	return Verdict{Decided: true, Cause: p.cause(now.Sub(p.begun).Round(time.Second))}
}

// flows reports whether everything that is expected has been seen.
func (p *Proof) flows() bool {
	return !slices.ContainsFunc(p.expect.receivers, p.isShort) &&
		!slices.ContainsFunc(p.expect.exporters, func(e component) bool { return p.seen[e.path].rises == 0 })
}
