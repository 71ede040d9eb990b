package phoenixopamp

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/collector/component"

	"github.com/phoenix-platform/phoenix/internal/live"
)

// targets are the components that can change while they run, or explain what
// they did. It is safe for concurrent use.
type targets struct {
	mu  sync.Mutex
	all map[component.ID]live.Target
}

// add takes a component in. The latest of an id counts.
func (t *targets) add(id component.ID, target live.Target) (remove func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[component.ID]live.Target{}
	}
	t.all[id] = target
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.all[id] == target {
			delete(t.all, id)
		}
	}
}

// of returns the component of an id; nil if there is none. Nothing is held when
// it is asked to change.
func (t *targets) of(id component.ID) live.Target {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all[id]
}

// explainer is a component that explains what it did.
type explainer struct {
	id component.ID
	live.Explainer
}

// explainers lists those that explain, by id.
func (t *targets) explainers() (found []explainer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ids := slices.SortedFunc(maps.Keys(t.all), func(a, b component.ID) int {
		return strings.Compare(a.String(), b.String())
	})
	for _, id := range ids {
		if e, ok := t.all[id].(live.Explainer); ok {
			found = append(found, explainer{id, e})
		}
	}
	return found
}
