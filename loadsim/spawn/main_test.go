//go:build linux

package spawn

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(treesIn); dir != "" {
		makeTrees(dir)
	}
	if dir := os.Getenv(fillIn); dir != "" {
		fillTable(dir)
	}
	os.Exit(m.Run())
}

// patience is how long anything may take that is expected to happen.
const patience = 20 * time.Second

// run is a Spawner and what it has told so far.
type run struct {
	*Spawner
	t      testing.TB
	events []loadsim.Event
}

func start(t testing.TB, s Settings) *run {
	if s.Dir == "" {
		s.Dir = t.TempDir()
	}
	if s.MaxProcesses == 0 {
		s.MaxProcesses = 1000
	}
	sp, err := New(s)
	require.NoError(t, err)
	t.Cleanup(func() { sp.Close() })
	return &run{Spawner: sp, t: t}
}

func (r *run) spawn(processes ...loadsim.Process) {
	r.t.Helper()
	for _, p := range processes {
		require.NoError(r.t, r.Spawn(context.Background(), p))
	}
}

// next waits for the event of this kind of the process; it may have been told before.
func (r *run) next(kind loadsim.EventKind, id uint32) loadsim.Event {
	r.t.Helper()
	for _, e := range r.events {
		if e.Kind == kind && e.ID == id {
			return e
		}
	}
	for {
		select {
		case e, open := <-r.Events():
			require.True(r.t, open, "the run is over; told: %+v", r.events)
			r.events = append(r.events, e)
			if e.Kind == kind && e.ID == id {
				return e
			}
		case <-time.After(patience):
			require.FailNow(r.t, "not told", "kind %d of process %d; told: %+v", kind, id, r.events)
		}
	}
}

func (r *run) born(id uint32) loadsim.Event {
	r.t.Helper()
	return r.next(loadsim.Born, id)
}

func (r *run) exited(id uint32) loadsim.Event {
	r.t.Helper()
	return r.next(loadsim.Exited, id)
}

func (r *run) failed(id uint32) loadsim.Event {
	r.t.Helper()
	return r.next(loadsim.Failed, id)
}

// named is a process of this name that does nothing.
func named(id uint32, name string) loadsim.Process {
	return loadsim.Process{ID: id, Path: name, Args: []string{name}}
}
