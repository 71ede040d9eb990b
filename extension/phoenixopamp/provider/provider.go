// Package provider is the collector's configuration provider of the scheme
// phoenix. Its location is the path of an agent file:
//
//	otelcol-phoenix --config phoenix:/etc/otelcol-phoenix/agent.yaml
//
// It hands out what package hostagent decides that the collector runs: the
// owner's own files, what a server's remote configuration adds, and the guards.
// A subcommand that only looks at a configuration, such as validate or
// print-config, is given what is proven; nothing is begun for it.
package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/internal/hostagent"
)

// scheme begins the locations that are for this provider.
const scheme = "phoenix"

// NewFactory returns the factory of the provider.
func NewFactory() confmap.ProviderFactory {
	return confmap.NewProviderFactory(func(set confmap.ProviderSettings) confmap.Provider {
		return &provider{set: set, looks: looks(os.Args[1:])}
	})
}

// provider hands out the configuration of the agents that it was asked for.
type provider struct {
	set confmap.ProviderSettings
	// looks says that nobody runs what is handed out.
	looks bool

	mu     sync.Mutex
	agents []*hostagent.Agent
}

// Scheme is phoenix.
func (p *provider) Scheme() string { return scheme }

// Retrieve returns what the collector runs next.
func (p *provider) Retrieve(ctx context.Context, uri string, watcher confmap.WatcherFunc) (*confmap.Retrieved, error) {
	path, ok := strings.CutPrefix(uri, scheme+":")
	if !ok || path == "" {
		return nil, fmt.Errorf("%q names no agent file; write phoenix:/etc/otelcol-phoenix/agent.yaml", uri)
	}
	config, err := p.config(ctx, path, watcher)
	if err != nil {
		return nil, err
	}
	return confmap.NewRetrieved(config)
}

func (p *provider) config(ctx context.Context, path string, watcher confmap.WatcherFunc) (map[string]any, error) {
	if p.looks {
		return hostagent.Proven(path)
	}
	a, err := hostagent.Of(path, hostagent.Options{Logger: p.set.Logger})
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	if !slices.Contains(p.agents, a) {
		p.agents = append(p.agents, a)
	}
	p.mu.Unlock()
	return a.Retrieve(ctx, func() { watcher(&confmap.ChangeEvent{}) })
}

// Shutdown is called when the collector is stopped in order.
func (p *provider) Shutdown(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, a := range p.agents {
		errs = append(errs, a.Stop())
	}
	p.agents = nil
	return errors.Join(errs...)
}
