package loadsim_test

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/phoenix-platform/phoenix/loadsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a Spawner whose processes live in its head only.
type fake struct {
	events chan loadsim.Event
	// refuse says which attempts fail, and why.
	refuse func(p loadsim.Process, attempt int) error
	// stall is how long a Spawn takes.
	stall func(p loadsim.Process) time.Duration

	mu       sync.Mutex
	attempts map[uint32]int
	alive    map[uint32]*time.Timer
	born     map[uint32]time.Time
	load     map[uint32]loadsim.Load
	times    []time.Time // of the births
	peak     int
	pid      int
	closed   bool
}

func newFake() *fake {
	return &fake{
		events: make(chan loadsim.Event, 1<<16), attempts: map[uint32]int{}, alive: map[uint32]*time.Timer{},
		born: map[uint32]time.Time{}, load: map[uint32]loadsim.Load{}, pid: 100,
	}
}

func (f *fake) Events() <-chan loadsim.Event { return f.events }

func (f *fake) Spawn(ctx context.Context, p loadsim.Process) error {
	if f.stall != nil {
		time.Sleep(f.stall(p))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return errors.New("closed")
	}
	f.attempts[p.ID]++
	for q := range p.All() {
		f.bear(*q, f.attempts[p.ID])
	}
	return ctx.Err()
}

func (f *fake) bear(p loadsim.Process, attempt int) {
	if f.refuse != nil {
		if err := f.refuse(p, attempt); err != nil {
			f.events <- loadsim.Event{Kind: loadsim.Failed, ID: p.ID, At: time.Now(), Err: err}
			return
		}
	}
	f.pid++
	life := p.Lifetime
	if life == 0 {
		life = 1000 * time.Hour
	}
	f.born[p.ID], f.load[p.ID] = time.Now(), p.Load
	f.times = append(f.times, time.Now())
	f.events <- loadsim.Event{Kind: loadsim.Born, ID: p.ID, PID: f.pid, Parent: 1, At: time.Now()}
	f.alive[p.ID] = time.AfterFunc(life, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.end(p.ID)
	})
	f.peak = max(f.peak, len(f.alive))
}

// end has its lock held.
func (f *fake) end(id uint32) {
	timer := f.alive[id]
	if timer == nil {
		return
	}
	timer.Stop()
	delete(f.alive, id)
	used := f.load[id].CPUTime(time.Since(f.born[id]))
	f.events <- loadsim.Event{Kind: loadsim.Exited, ID: id, At: time.Now(), Used: loadsim.Usage{User: used, PeakMemory: 1}}
}

func (f *fake) Stop(id uint32) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.end(id)
	return nil
}

func (f *fake) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	for id := range maps.Clone(f.alive) {
		f.end(id)
	}
	close(f.events)
	return nil
}

// journal is an observer that remembers.
type journal struct {
	born, exited []loadsim.Life
	failed       []error
	progress     []loadsim.Progress
}

func (j *journal) Born(l loadsim.Life)            { j.born = append(j.born, l) }
func (j *journal) Exited(l loadsim.Life)          { j.exited = append(j.exited, l) }
func (j *journal) Failed(_ loadsim.Life, e error) { j.failed = append(j.failed, e) }
func (j *journal) Progress(p loadsim.Progress)    { j.progress = append(j.progress, p) }
