package live

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// Target is a component that can change while it runs. Its methods may be
// called at any time, also while it works and after it was shut down.
type Target interface {
	// Prepare reads the component's whole new configuration and returns what
	// carries it out: that cannot fail, takes effect between two scrapes, and
	// does nothing after Shutdown. The error names every key that is wrong, or
	// that cannot change while the component runs. Nothing changes until commit
	// is called, which it need not be.
	Prepare(ctx context.Context, conf *confmap.Conf) (commit func(), err error)
}

// Explainer is a Target that can say what it decided about processes.
type Explainer interface {
	// HostNames names the hosts that it knows, sorted: by host.id, else by
	// host.name, else empty.
	HostNames() []string
	// Mode is enforce; or observe, if decisions are made and change nothing.
	Mode() string
	// Explain returns the transitions of a host that a query picks, the latest
	// first.
	Explain(host string, q process.Query, now time.Time) []process.Transition
}

// Registry is the extension that changes come from.
type Registry interface {
	// Register takes a target in, until unregister is called. An id is that of
	// one target at a time.
	Register(id component.ID, t Target) (unregister func())
}

// Register makes a component known to the extensions that changes come from.
// Without one it does nothing. Unregister may be called more than once, but not
// while holding what Prepare waits for.
func Register(host component.Host, id component.ID, t Target) (unregister func()) {
	var all []func()
	for _, extension := range host.GetExtensions() {
		if r, ok := extension.(Registry); ok {
			all = append(all, r.Register(id, t))
		}
	}
	return sync.OnceFunc(func() {
		for _, unregister := range all {
			unregister()
		}
	})
}
