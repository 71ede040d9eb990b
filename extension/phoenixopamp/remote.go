package phoenixopamp

import (
	"context"
	"sync"
	"time"

	"github.com/phoenix-platform/phoenix/internal/hostagent"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// remote is the life of remote configurations, as a [hostagent.Agent] leads it:
// it decides and remembers, and the extension speaks for it to the server.
type remote interface {
	Attach(hostagent.Service) (detach func())
	Ready()
	Health(hostagent.Health)
	Offer(hostagent.Offer)
	Last() (remoteconfig.Answer, bool)
	Release(remoteconfig.Hash) error
	Reveal(time.Duration) error
	Status() hostagent.Status
	Effective() []byte
}

// remoteOf returns the life that goes on in a state directory; nil if the
// collector reads its configuration otherwise.
func remoteOf(directory string) remote {
	if a := hostagent.Running(directory); a != nil {
		return a
	}
	return nil
}

// startRemote makes the extension the one that offers are carried out by.
func (e *Extension) startRemote(ctx context.Context) {
	if e.remote == nil {
		return
	}
	e.detach = sync.OnceFunc(e.remote.Attach(e))
	e.agent.withConnection(func(c *connection) { c.answers.put(latest) })
	e.Reported()
	e.working.Go(func() { e.settled(ctx, e.reported, (*connection).news) })
}

// Ready says that every component has started.
func (e *Extension) Ready() error {
	if e.remote != nil {
		e.remote.Ready()
	}
	return nil
}

// NotReady is of no interest: what becomes of the next configuration is told by
// its own extension.
func (e *Extension) NotReady() error { return nil }

// Answered tells the server what became of an offer. It does not wait for it.
func (e *Extension) Answered(a remoteconfig.Answer) {
	if e.agent != nil {
		e.agent.withConnection(func(c *connection) { c.answers.put(a) })
	}
}

// Reported tells the server soon what has changed besides: the configuration
// that runs, and the attempts.
func (e *Extension) Reported() {
	select {
	case e.reported <- struct{}{}:
	default: // it is known already
	}
}

// news reports what Reported speaks of.
func (c *connection) news(*Extension) {
	c.configuration()
	c.sendAttempts()
}
