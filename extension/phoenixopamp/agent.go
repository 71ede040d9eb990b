package phoenixopamp

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// agent is what the server knows: one for each state directory, as long as the
// process lives. It outlives the extension, so that a reload of the
// configuration leaves the connection as it is.
type agent struct {
	identity *identity
	state    state
	// extension is who tells what to report: the present one, else the last.
	extension atomic.Pointer[Extension]

	// connection is nil without a server. It is read without mu: whoever reports
	// may be waited for by who holds it.
	connection atomic.Pointer[connection]

	mu        sync.Mutex // of what follows, and of changes of connection: one attaches or detaches at a time
	attached  bool
	ending    bool        // the collector was told to end
	enrolling *enrolment  // nil unless the agent must enrol first
	waiting   *time.Timer // ends the agent if no extension comes
	signals   chan os.Signal
}

// agents are those of this process, by state directory.
var agents = struct {
	sync.Mutex
	of map[string]*agent
}{of: map[string]*agent{}}

// attach makes an extension the one that its state directory's agent speaks
// for, and connects the agent if it is not. The error says that another has
// the agent, or that the connection cannot be set up; a server that is away is
// none.
func attach(e *Extension) (*agent, error) {
	agents.Lock()
	defer agents.Unlock()
	directory := e.cfg.StateDirectory
	a := agents.of[directory]
	if a == nil {
		id, err := readIdentity(directory)
		if err != nil {
			return nil, err
		}
		if id.damage != "" {
			e.set.Logger.Warn("the agent has a new id, since the old one could not be read; the server sees a new agent", zap.String("damage", id.damage))
		}
		a = &agent{identity: id, signals: make(chan os.Signal, 1)}
	}
	if err := a.attach(e); err != nil {
		return nil, err
	}
	agents.of[directory] = a
	return a, nil
}

func (a *agent) attach(e *Extension) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.attached {
		return fmt.Errorf("two phoenix_opamp extensions have the state directory %s; give each its own state_directory", e.cfg.StateDirectory)
	}
	former := a.extension.Swap(e)
	if former != nil && !sameConnection(former, e) {
		a.disconnect(context.Background())
	}
	if err := a.reach(e); err != nil {
		return err
	}
	if a.waiting != nil {
		a.waiting.Stop()
	}
	a.attached = true
	signal.Notify(a.signals, os.Interrupt, syscall.SIGTERM)
	return nil
}

// reach sees to it that the server hears of an extension.
func (a *agent) reach(e *Extension) error {
	if c := a.connection.Load(); c != nil {
		c.describe(e)
		return nil
	}
	if a.enrolling != nil || e.cfg.Server.Endpoint == "" {
		return nil
	}
	must, err := e.cfg.mustEnrol()
	if err != nil {
		return err
	}
	if must {
		return a.enrol(e)
	}
	return a.connect(e)
}

// sameConnection says whether a connection serves for both extensions.
func sameConnection(a, b *Extension) bool {
	return a.cfg.Server == b.cfg.Server && a.cfg.HeartbeatInterval == b.cfg.HeartbeatInterval && a.remote == b.remote
}

// detach takes the extension away. If the collector was told to end, the agent
// ends too, after it took leave of the server; else it waits for the next one.
// A reload under way then brings one more before the end.
func (a *agent) detach(ctx context.Context, e *Extension) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.attached = false
	select {
	case <-a.signals:
		a.ending = true
	default:
	}
	if a.ending {
		a.end(ctx)
	} else {
		a.waiting = time.AfterFunc(e.timing.grace, a.endUnlessAttached)
	}
	return nil
}

func (a *agent) endUnlessAttached() {
	agents.Lock()
	defer agents.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.attached {
		return
	}
	delete(agents.of, a.extension.Load().cfg.StateDirectory)
	a.end(context.Background())
}

// end takes leave of the server. The agent may be attached to again.
func (a *agent) end(ctx context.Context) {
	signal.Stop(a.signals)
	a.disconnect(ctx)
}

// disconnect ends the connection, or what leads to one.
func (a *agent) disconnect(ctx context.Context) {
	e := a.extension.Load()
	ctx, cancel := context.WithTimeout(ctx, e.timing.goodbye)
	defer cancel()
	if a.enrolling != nil {
		a.enrolling.end(ctx)
		a.enrolling = nil
	}
	c := a.connection.Swap(nil)
	if c == nil {
		return
	}
	if err := c.close(ctx); err != nil {
		e.set.Logger.Warn("the connection to the OpAMP server did not end in time; the server sees it break off", zap.Error(err))
	}
	a.state.disconnected()
}

// withConnection reports to the server, if there is a connection.
func (a *agent) withConnection(report func(*connection)) {
	if c := a.connection.Load(); c != nil {
		report(c)
	}
}

// trouble logs what is wrong if it is not what it was before.
func (a *agent) trouble(what, why string) {
	level := zap.DebugLevel
	if a.state.failed(why) {
		level = zap.WarnLevel
	}
	a.extension.Load().set.Logger.Log(level, what, zap.String("error", why))
}
