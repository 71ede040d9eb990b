// Package handover carries a component's state over a reload of the
// configuration, which shuts every component down before it makes the new
// ones. It also notices an id that two pipelines use at once: what is kept by
// id would be that of both.
package handover

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// KeepFor is for how long state waits for a successor. A reload takes seconds;
// what waits longer belongs to a component that is no longer configured.
const KeepFor = 10 * time.Minute

// Registry holds the state of one type of component, by component id. It is
// safe for concurrent use.
type Registry[S any] struct {
	mu      sync.Mutex
	claimed map[string]bool
	waiting map[string]*waiting[S]
}

type waiting[S any] struct {
	state S
	timer *time.Timer
}

// NewRegistry returns an empty registry.
func NewRegistry[S any]() *Registry[S] {
	return &Registry[S]{claimed: map[string]bool{}, waiting: map[string]*waiting[S]{}}
}

// Claim takes an id for a new component, and the state that the one before
// left; ok is false if there is none. The error says that the id is in use.
func (r *Registry[S]) Claim(id string) (state S, ok bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.claimed[id] {
		return state, false, fmt.Errorf("%s is in more than one pipeline, and can keep account of only one; give each pipeline a processor of its own, such as %s", id, another(id))
	}
	r.claimed[id] = true
	w := r.waiting[id]
	if w == nil {
		return state, false, nil
	}
	w.timer.Stop()
	delete(r.waiting, id)
	return w.state, true, nil
}

// Release gives an id back and leaves the component's state to its successor.
func (r *Registry[S]) Release(id string, state S) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.claimed, id)
	w := &waiting[S]{state: state}
	w.timer = time.AfterFunc(KeepFor, func() { r.forget(id, w) })
	r.waiting[id] = w
}

func (r *Registry[S]) forget(id string, w *waiting[S]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting[id] == w {
		delete(r.waiting, id)
	}
}

// another proposes a name for a second component of the id's type.
func another(id string) string {
	kind, name, _ := strings.Cut(id, "/")
	return kind + "/" + name + "2"
}
