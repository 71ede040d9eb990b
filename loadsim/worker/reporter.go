package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// reporter tells the server how a simulation goes, and hears whether it is to
// end. The simulation never waits for it: of what could not be told in time
// only the latest is.
type reporter struct {
	client *client
	id     string
	stop   func() // ends the simulation
	log    *slog.Logger
	latest chan Status // has room for one
	done   sync.WaitGroup
}

func newReporter(c *client, id string, stop func(), log *slog.Logger) *reporter {
	return &reporter{client: c, id: id, stop: stop, log: log, latest: make(chan Status, 1)}
}

// start tells until ctx is done.
func (r *reporter) start(ctx context.Context) {
	r.put(Status{State: Running})
	r.done.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case s := <-r.latest:
				r.tell(ctx, s)
			}
		}
	})
}

func (r *reporter) wait() { r.done.Wait() }

// tell goes on without the server: the simulation ends by itself.
func (r *reporter) tell(ctx context.Context, s Status) {
	stop, err := r.client.tell(ctx, r.id, s)
	if err != nil && ctx.Err() == nil && !errors.Is(err, errGone) {
		r.log.Warn("the server does not know how it goes", "error", err)
	}
	if stop {
		r.stop()
	}
}

// put replaces what has not been told.
func (r *reporter) put(s Status) {
	select {
	case <-r.latest:
	default:
	}
	r.latest <- s
}

// Born is in the next Progress.
func (r *reporter) Born(loadsim.Life) {}

// Exited is in the next Progress.
func (r *reporter) Exited(loadsim.Life) {}

// Failed is in the next Progress.
func (r *reporter) Failed(loadsim.Life, error) {}

// Progress is told next.
func (r *reporter) Progress(p loadsim.Progress) {
	r.put(Status{State: Running, Progress: &Progress{
		ElapsedSeconds: p.Elapsed.Seconds(), LeftSeconds: p.Left.Seconds(),
		ActiveProcesses: p.Active, Spawned: p.Born, Failed: p.Failed,
		ChurnRate: p.BirthRate, CPUAsked: p.CPUAsked, CPUAchieved: p.CPUAchieved,
	}})
}
