package dataflow

import (
	"fmt"
	"slices"
	"time"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// cause is why nothing could be confirmed in some time. What comes first where
// data goes is named first; what is only the backend's fault last.
func (p *Proof) cause(in time.Duration) remoteconfig.Cause {
	if p.last.Report == p.first && len(p.expect.receivers) > 0 {
		return unproven("", "the collector's own metrics did not come in %s; service::telemetry::metrics of config_files must not stop them", in)
	}
	for _, find := range []func(time.Duration) (remoteconfig.Cause, bool){p.silent, p.refused, p.unreached, p.unsent, p.away} {
		if c, found := find(in); found {
			return c
		}
	}
	return unhealthy("", "a component is not well after %s; its status says why", in)
}

// silent finds a receiver that brings nothing.
func (p *Proof) silent(in time.Duration) (c remoteconfig.Cause, found bool) {
	for _, r := range p.expect.receivers {
		if f := p.seen[r.path]; p.isShort(r) && !f.held {
			return unhealthy(r.path, "it brought something %d times in %s, and %d are needed; check its scrapers and its interval", f.rises, in, needed), true
		}
	}
	return c, false
}

// refused finds a receiver whose points are refused, unless an exporter that
// cannot send refuses them.
func (p *Proof) refused(in time.Duration) (c remoteconfig.Cause, found bool) {
	if slices.ContainsFunc(p.expect.exporters, p.isHeld) {
		return c, false
	}
	for _, r := range p.expect.receivers {
		if p.isShort(r) {
			return unhealthy(r.path, "the processors behind it refuse what it brings since %s; check memory_limiter", in), true
		}
	}
	return c, false
}

// unreached finds an exporter that nothing comes to.
func (p *Proof) unreached(in time.Duration) (c remoteconfig.Cause, found bool) {
	for _, e := range p.expect.exporters {
		switch f := p.seen[e.path]; {
		case f.rises > 0 || f.held:
		case typeOf(e.id) == "nop":
			return unhealthy(e.path, "it drops everything; send to a destination of the agent file"), true
		default:
			return unhealthy(e.path, "nothing came to it in %s; check the filters of its pipeline", in), true
		}
	}
	return c, false
}

// unsent finds an exporter of the new configuration's own that cannot send.
func (p *Proof) unsent(in time.Duration) (c remoteconfig.Cause, found bool) {
	for _, e := range p.expect.exporters {
		if p.isHeld(e) && !e.known {
			return unhealthy(e.path, "it could send nothing in %s; check its endpoint, its TLS and what it authenticates with", in), true
		}
	}
	return c, false
}

// away finds an exporter that cannot send although nothing about it is new.
func (p *Proof) away(in time.Duration) (c remoteconfig.Cause, found bool) {
	for _, e := range p.expect.exporters {
		if p.isHeld(e) && e.known {
			return unproven(e.path, "it could send nothing in %s, and the new configuration did not change it; see whether its backend is up, then offer it again", in), true
		}
	}
	return c, false
}

// isHeld reports whether something came to an exporter and it sent nothing, or
// failed so that a receiver cannot go on.
func (p *Proof) isHeld(e component) bool {
	f := p.seen[e.path]
	return f.held && f.rises == 0 || f.failed && slices.ContainsFunc(p.expect.receivers, p.isShort)
}

// isShort reports whether a receiver has not yet brought what is needed.
func (p *Proof) isShort(r component) bool { return p.seen[r.path].rises < needed }

func unhealthy(path, format string, args ...any) remoteconfig.Cause {
	return remoteconfig.Cause{Code: remoteconfig.Unhealthy, Component: path, Detail: fmt.Sprintf(format, args...)}
}

func unproven(path, format string, args ...any) remoteconfig.Cause {
	return remoteconfig.Cause{Code: remoteconfig.Unproven, Component: path, Detail: fmt.Sprintf(format, args...)}
}
