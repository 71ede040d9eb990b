package thinning

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/live"
	"github.com/phoenix-platform/phoenix/internal/process"
)

// A Changer is a Strategy that gives way to another one while the processor
// runs. It is asked at any time, also while it chooses.
type Changer interface {
	// Change returns the settings and the strategy of a whole new
	// configuration. Of the settings none but Critical, MaxSeries and Mode may
	// differ. The error names the keys that are wrong, or not to be changed so.
	Change(conf *confmap.Conf) (Settings, Strategy, error)
}

var (
	_ live.Target    = (*Processor)(nil)
	_ live.Explainer = (*Processor)(nil)
)

// Prepare reads a whole new configuration. To carry it out is to go on with
// everything, as over a reload, but in the same mode of writing.
func (p *Processor) Prepare(_ context.Context, conf *confmap.Conf) (commit func(), err error) {
	changer, ok := p.chosenBy().(Changer)
	if !ok {
		return nil, fmt.Errorf("%s: no key of it can change while it runs; restart its pipeline to change it", p.id)
	}
	settings, strategy, err := changer.Change(conf)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.id, err)
	}
	matcher, err := critical.Compile(settings.Critical, p.set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("%s: critical: %w", p.id, err)
	}
	return func() { p.change(settings, strategy, matcher) }, nil
}

func (p *Processor) chosenBy() Strategy {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.strategy
}

// change goes on with another configuration, between two scrapes.
func (p *Processor) change(s Settings, strategy Strategy, matcher *critical.Matcher) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.telemetry.watch(p.settings.Critical, s.Critical)
	p.settings, p.strategy, p.critical = s, strategy, matcher
	p.turn(s.Mode)
	p.configure()
}

// configure applies the configuration to all that is remembered.
func (p *Processor) configure() {
	p.reader.Configure(p.readerSettings())
	for _, h := range p.hosts {
		h.configure(p)
	}
}

// HostNames names the hosts that are kept account of, and those that were, of
// which there is something to explain.
func (p *Processor) HostNames() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	names := map[string]bool{}
	for in := range p.hosts {
		names[in.Name] = true
	}
	for name := range p.past {
		names[name] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// Mode is whether decisions are enforced.
func (p *Processor) Mode() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.settings.Mode)
}

// Explain returns the transitions of a host that a query picks, the latest
// first. The host is named as its resource names it: host.id, else host.name,
// else empty.
func (p *Processor) Explain(hostName string, q process.Query, now time.Time) []process.Transition {
	p.mu.Lock()
	defer p.mu.Unlock()
	for in, h := range p.hosts {
		if in.Name == hostName {
			return h.history.Find(q, now.UnixNano())
		}
	}
	past := p.past[hostName]
	return past.Find(q, now.UnixNano())
}
