package phoenixopamp

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/open-telemetry/opamp-go/protobufs"
	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// agentCapability is that of an agent that takes configurations: it sends its
// attempts in messages of the type attempts, and meets a Demand in one of the
// type release or reveal, which it answers by one of the type done; all are
// JSON.
const agentCapability = "io.phoenix.agent"

// mostAttempts is how many attempts are sent, the newest: far from the largest
// message.
const mostAttempts = 100

// longestReveal is for how long everything may be revealed at a demand.
const longestReveal = 24 * time.Hour

// Demand is what the server asks an agent to do. Which fields count depends on
// the message's type.
type Demand struct {
	ID string `json:"id,omitempty"` // comes back in the answer
	// Hash names the configuration to release, so that it is tried again.
	Hash remoteconfig.Hash `json:"hash,omitempty"`
	// For is for how long to reveal every process, such as 10m; 0 ends it.
	For string `json:"for,omitempty"`
}

// Done answers a Demand.
type Done struct {
	ID    string `json:"id,omitempty"`
	Error string `json:"error,omitempty"` // empty: it is done
}

// demanded takes a demand, which may have to wait for the disk.
func (c *connection) demanded(m *protobufs.CustomMessage) {
	select {
	case c.demands <- m:
	default:
		c.seldom().Warn("a message of the OpAMP server is dropped: those before it are not done yet", zap.String("type", m.Type))
	}
}

// obey meets one demand after the other, until the context ends.
func (c *connection) obey(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-c.demands:
			data, err := json.Marshal(c.meet(m))
			if err == nil {
				c.send(&protobufs.CustomMessage{Capability: agentCapability, Type: "done", Data: data})
			}
		}
	}
}

func (c *connection) meet(m *protobufs.CustomMessage) Done {
	var d Demand
	var err error
	if len(m.Data) > longestQuestion {
		err = fmt.Errorf("the demand has %d bytes, and at most %d may be", len(m.Data), longestQuestion)
	} else if err = json.Unmarshal(m.Data, &d); err != nil {
		err = fmt.Errorf("the demand is not as it should be: %w", err)
	} else {
		err = c.do(m.Type, d)
	}
	if err != nil {
		return Done{d.ID, shown(err.Error())}
	}
	return Done{ID: d.ID}
}

var isHash = regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString

func (c *connection) do(what string, d Demand) error {
	switch what {
	case "release":
		if !isHash(string(d.Hash)) {
			return fmt.Errorf("hash: must be 64 hexadecimal digits, as the attempts have it")
		}
		return c.remote.Release(d.Hash)
	case "reveal":
		long, err := time.ParseDuration(d.For)
		if err != nil || long < 0 || long > longestReveal {
			return fmt.Errorf("for: %.20q is no time up to %s; write it like 10m, or 0 to end it", d.For, longestReveal)
		}
		return c.remote.Reveal(long)
	default:
		return fmt.Errorf("%.20q is nothing that this agent does; it does release and reveal", what)
	}
}

// attempts is the message of what became of the newest offers.
func (c *connection) attempts() *protobufs.CustomMessage {
	all := c.remote.Status().Attempts
	all = append([]remoteconfig.Attempt{}, all[max(0, len(all)-mostAttempts):]...)
	data, err := json.Marshal(all)
	if err != nil {
		c.log().Error("the attempts cannot be told the OpAMP server; please report this", zap.Error(err))
	}
	return &protobufs.CustomMessage{Capability: agentCapability, Type: "attempts", Data: data}
}

func (c *connection) sendAttempts() {
	if c.remote != nil {
		c.send(c.attempts())
	}
}
