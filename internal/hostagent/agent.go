package hostagent

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/dataflow"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// Options are what an agent works with. All may be left out.
type Options struct {
	Logger *zap.Logger
	// Validate returns why the collector cannot run a configuration, best as a
	// [remoteconfig.Cause]. Env names the variables that it may use. Nil: a child
	// of this program tries.
	Validate func(ctx context.Context, config map[string]any, env []string) error
	// Listen makes the meter of the collector's own metrics. Nil: the one of
	// package dataflow.
	Listen func() (Meter, error)
	// Exit ends the process. Nil: os.Exit.
	Exit func(code int)
}

// Meter sees what flows through the collector.
type Meter interface {
	// Reader is the reader of the collector's own metrics that feeds the meter.
	Reader() map[string]any
	Counts() dataflow.Counts
	// Changed has an element if there are new counts.
	Changed() <-chan struct{}
	Close() error
}

// Agent is the agent of an agent file in this process. It is safe for concurrent
// use.
type Agent struct {
	path  string
	file  *agentfile.File
	life  *remoteconfig.Life
	meter Meter
	log   *zap.Logger
	opts  Options
	note  note

	inbox   chan Offer
	wake    chan struct{}
	stop    context.CancelFunc
	stopped <-chan struct{}
	working sync.WaitGroup

	// changes is held while the service is spoken to. It is taken before mu.
	changes sync.Mutex
	mu      sync.Mutex
	owner   owner
	plans   plans
	service Service
	serving serving
	trial   *trial
	// probation is when it began in this process; zero if nothing is on it.
	probation time.Time
	confirmed remoteconfig.Hash // what is on it
	preparing *preparation
	reveal    reveal
	out       outbox
	problems  []string
	ended     bool // it was stopped
}

// serving is how far the collector's current service has come.
type serving struct {
	begun   bool   // there was one
	changed func() // asks the collector for a reload
	runs    *plan  // what it runs, or is about to
	base    dataflow.Counts
	health  Health
	// up says that every component has started, leaving that a reload is asked for.
	up, leaving bool
	watchdog    *time.Timer
	// refused says that what runs could not be changed without a reload.
	refused bool
	// notBefore is when the next reload may be.
	notBefore time.Time
	// services counts them, so that who waited sees that it is another one.
	services int
	// fatal says that the collector ends because of a component.
	fatal bool
}

// waiting is how many offers wait. A server that sends more waits, too.
const waiting = 16

func open(path string, o Options) (*Agent, error) {
	file, err := agentfile.Read(path)
	if err != nil {
		return nil, err
	}
	under, err := under(file)
	if err != nil {
		return nil, err
	}
	boot, err := bootOf(file, under)
	if err != nil {
		return nil, err
	}
	life, err := remoteconfig.Open(file.StateDir, boot, time.Now)
	if err != nil {
		return nil, err
	}
	meter, err := o.listen()
	if err != nil {
		return nil, errors.Join(err, life.Close())
	}
	note := note{directory: file.StateDir}
	note.catchCrash()
	a := &Agent{
		path: path, file: file, life: life, meter: meter, log: o.logger(), opts: o,
		note:  note,
		inbox: make(chan Offer, waiting), wake: make(chan struct{}, 1),
		plans: plans{},
	}
	a.begin()
	return a, nil
}

// begin starts the goroutine that carries out what follows.
func (a *Agent) begin() {
	ctx, stop := context.WithCancel(context.Background())
	a.stop, a.stopped = stop, ctx.Done()
	a.working.Go(func() { a.work(ctx) })
}

// Stop notes that the process is stopped in order, and ends the agent; the
// service may still go down. A process that ends because of a component is not
// stopped in order.
func (a *Agent) Stop() error {
	forget(a)
	a.stop()
	a.working.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unwatch()
	a.preparing.end()
	a.ended = true
	time.AfterFunc(farewell, func() { _ = a.meter.Close() }) // nothing is lost with it
	if a.serving.fatal {
		return a.life.Close()
	}
	a.note.remove()
	return a.life.Stop()
}

// farewell is how long the meter still listens: the service goes down after its
// configuration's provider, and reports to the end.
const farewell = 30 * time.Second

// File is the agent file, as it was when the process started.
func (a *Agent) File() *agentfile.File { return a.file }

// directory is where the agent remembers, for comparison.
func (a *Agent) directory() string { return filepath.Clean(a.file.StateDir) }
