package seriesmeter

import (
	"context"
	"fmt"
	"slices"

	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/live"
)

var _ live.Target = (*meter)(nil)

// Prepare reads a whole new configuration, which may differ in critical alone.
// The input meter watches other processes then; what an output meter says of
// them it has from there.
func (m *meter) Prepare(_ context.Context, conf *confmap.Conf) (commit func(), err error) {
	next := createDefaultConfig().(*Config)
	if err := live.Decode(conf, next); err != nil {
		return nil, fmt.Errorf("%s: %w", m.id, err)
	}
	if err := live.Refuse(m.cfg.fixed(), next.fixed(), "critical"); err != nil {
		return nil, fmt.Errorf("%s: %w", m.id, err)
	}
	matcher, err := critical.Compile(next.Critical, m.set)
	if err != nil {
		return nil, fmt.Errorf("%s: critical: %w", m.id, err)
	}
	return func() { m.watch(next.Critical, matcher) }, nil
}

// fixed is the configuration without the key that is live.
func (c *Config) fixed() Config {
	fixed := *c
	fixed.Critical = nil
	return fixed
}

// watch changes the critical entries, between two scrapes.
func (m *meter) watch(entries critical.List, matcher *critical.Matcher) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.input != nil {
		m.input.watch(entries, matcher)
	}
}

// watch lets the entries of every host be others. One that goes on as it was
// has run if it had.
func (m *inputMeter) watch(entries critical.List, matcher *critical.Matcher) {
	for _, h := range m.hosts {
		ran := make([]bool, len(entries))
		for i, e := range entries {
			was := slices.IndexFunc(m.critical, func(o critical.Entry) bool {
				return o.Name == e.Name && slices.Equal(o.Conditions, e.Conditions)
			})
			ran[i] = was >= 0 && h.everRan[was]
		}
		h.everRan, h.guard = ran, critical.NewGuard(matcher)
	}
	m.critical, m.matcher = entries, matcher
	m.reader.Configure(readerSettings())
}
