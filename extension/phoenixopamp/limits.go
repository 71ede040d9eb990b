package phoenixopamp

import (
	"context"
	"time"

	"github.com/google/uuid"
	"go.uber.org/zap"
	"golang.org/x/time/rate"
)

// limits are how much of the agent's time a server may have, hostile or broken.
type limits struct {
	// messages are read at this pace at most, and wait at the server else: one
	// that asks for everything with each message is answered for ever.
	messages *rate.Limiter
	// questions are those that are answered, and demands that are met. Each may
	// take a megabyte to answer, or a write to the disk.
	questions *rate.Limiter
}

func newLimits() limits {
	return limits{messages: rate.NewLimiter(100, 200), questions: rate.NewLimiter(10, 50)}
}

// renames keeps the ids that the server gives, at most one in timing.rename:
// each is written to the disk and told to the server, which might give the next
// one for an answer. In between, the latest waits.
func (c *connection) renames(ctx context.Context, pause time.Duration) {
	for {
		select {
		case <-ctx.Done():
			return
		case uid := <-c.given:
			c.rename(uid)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// renamed leaves an id to renames, in place of one that waits. It is called by
// the client's goroutine alone.
func (c *connection) renamed(to uuid.UUID) {
	select {
	case <-c.given:
	default:
	}
	c.given <- to
}

// rename keeps the id that the server gave, and calls itself by it.
func (c *connection) rename(to uuid.UUID) {
	changed, err := c.agent.identity.assign(to)
	if !changed {
		return
	}
	if err != nil {
		c.log().Error("the id that the OpAMP server gave is not kept; after the next start the agent has the old one", zap.Error(err))
	}
	c.report("description", c.client.SetAgentDescription(c.agent.extension.Load().describe(c.agent.identity.current())))
}
