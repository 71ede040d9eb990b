package simulation

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// roll is an observer that knows who lives.
type roll struct {
	// ready gets one value: nil when everybody of the first moment was born,
	// or why one was not.
	ready chan error

	mu      sync.Mutex
	living  map[uint32]loadsim.Life // by the process's ID
	awaited map[uint32]bool         // those of the first moment, until they are born
}

func newRoll(plan loadsim.Plan) *roll {
	r := &roll{ready: make(chan error, 1), living: map[uint32]loadsim.Life{}, awaited: map[uint32]bool{}}
	for b := range plan.Births {
		if b.At > 0 {
			break
		}
		for process := range b.Process.All() {
			r.awaited[process.ID] = true
		}
	}
	if len(r.awaited) == 0 {
		r.ready <- nil
	}
	return r
}

func (r *roll) members() []loadsim.Life {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.living), func(a, b loadsim.Life) int { return cmp.Compare(a.PID, b.PID) })
}

// Born enters a process.
func (r *roll) Born(l loadsim.Life) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.living[l.Process.ID] = l
	if !r.awaited[l.Process.ID] {
		return
	}
	delete(r.awaited, l.Process.ID)
	if len(r.awaited) == 0 {
		r.ready <- nil
	}
}

// Exited strikes a process out.
func (r *roll) Exited(l loadsim.Life) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.living, l.Process.ID)
}

// Failed says that the first moment is not as planned, if l is of it.
func (r *roll) Failed(l loadsim.Life, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.awaited[l.Process.ID] {
		clear(r.awaited)
		r.ready <- fmt.Errorf("make process %d (%s): %w", l.Process.ID, l.Process.Path, err)
	}
}

// Progress is not about anybody.
func (r *roll) Progress(loadsim.Progress) {}
