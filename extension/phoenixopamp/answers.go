package phoenixopamp

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/open-telemetry/opamp-go/protobufs"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// latest stands for the latest answer of all, whichever that is when it is told.
var latest = remoteconfig.Answer{}

// mostAnswers is how many may wait to be told.
const mostAnswers = 256

// answers are those that wait to be told, in order. Of too many the oldest is
// left out: the attempts have it all the same.
type answers struct{ waiting chan remoteconfig.Answer }

func newAnswers() answers { return answers{make(chan remoteconfig.Answer, mostAnswers)} }

func (q answers) put(a remoteconfig.Answer) {
	for {
		select {
		case q.waiting <- a:
			return
		default:
		}
		select {
		case <-q.waiting:
		default: // it was taken meanwhile
		}
	}
}

// tell tells the server every answer, until the context ends.
func (c *connection) tell(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-c.answers.waiting:
			c.tellOne(a)
			if len(c.answers.waiting) > 0 && c.agent.state.standing().Connected {
				c.flush(ctx)
			}
		}
	}
}

func (c *connection) tellOne(a remoteconfig.Answer) {
	status := statusOf(a)
	if a == latest {
		status = c.lastStatus()
	} else {
		c.agent.state.answered(a.Status)
	}
	if status == nil {
		return // nothing was ever offered
	}
	c.report("remote_configuration", c.client.SetRemoteConfigStatus(status))
}

// flushTime is how long an answer waits at most for the one before it to be on
// its way.
const flushTime = time.Second

// flush waits until the latest answer is sent: the client sends one status, and
// the next would take its place. The attempts that go along say when that is.
func (c *connection) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	select {
	case <-ctx.Done():
	case <-sendOne(ctx, c.client, c.attempts()):
	}
}

// lastStatus is that of the newest offer; nil if there was none.
func (c *connection) lastStatus() *protobufs.RemoteConfigStatus {
	a, ok := c.remote.Last()
	if !ok {
		return nil
	}
	return statusOf(a)
}

var statuses = map[remoteconfig.Status]protobufs.RemoteConfigStatuses{
	remoteconfig.Applied:  protobufs.RemoteConfigStatuses_RemoteConfigStatuses_APPLIED,
	remoteconfig.Applying: protobufs.RemoteConfigStatuses_RemoteConfigStatuses_APPLYING,
	remoteconfig.Failed:   protobufs.RemoteConfigStatuses_RemoteConfigStatuses_FAILED,
}

// statusOf is an answer as OpAMP has it, with the hash that the server gave the
// offer.
func statusOf(a remoteconfig.Answer) *protobufs.RemoteConfigStatus {
	hash, err := hex.DecodeString(a.Nonce)
	if err != nil || hash == nil {
		hash = []byte{} // the client refuses nil
	}
	s := &protobufs.RemoteConfigStatus{LastRemoteConfigHash: hash, Status: statuses[a.Status]}
	if a.Status == remoteconfig.Failed {
		s.ErrorMessage = shown(a.Cause.Error())
	}
	return s
}
