package phoenixopamp

import (
	"context"
	"time"
)

// A server may ask for patience by Retry-After, and for rare reports by its
// heartbeat interval. One that asks for years would be rid of the agent for
// good, and nobody could put that right from afar; so after timing.silence
// without an attempt the agent begins anew.

// try notes an attempt to reach the server.
func (c *connection) try() { c.tried.Store(time.Now().UnixNano()) }

// mindSilence renews the connection once it has been silent for too long.
func (c *connection) mindSilence(ctx context.Context, longest time.Duration) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(longest - c.silence()):
		}
		if c.silence() >= longest && (c.transport != nil || !c.agent.state.standing().Connected) {
			go c.agent.renew(c) // which waits for us
			return
		}
		if c.silence() >= longest {
			c.try() // it is connected
		}
	}
}

// silence is how long ago the latest attempt was.
func (c *connection) silence() time.Duration { return time.Since(time.Unix(0, c.tried.Load())) }

// renew takes a new connection for one that is still the agent's.
func (a *agent) renew(c *connection) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.connection.Load() != c {
		return
	}
	a.disconnect(context.Background())
	if err := a.connect(a.extension.Load()); err != nil {
		c.unreachable(err)
	}
}
