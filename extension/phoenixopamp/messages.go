package phoenixopamp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/open-telemetry/opamp-go/client"
	"github.com/open-telemetry/opamp-go/client/types"
	"github.com/open-telemetry/opamp-go/protobufs"
	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/explain"
)

// explainCapability is that of answering a Question, in a message of the type
// question, by an Answer, in one of the type answer; both are JSON.
const explainCapability = "io.phoenix.explain"

// longestQuestion and longestAnswer are in bytes, far below the largest message:
// one that is larger is dropped, with what else it reports.
const longestQuestion, longestAnswer = 64 << 10, 1 << 20

// answer answers a message of the server's.
func (c *connection) answer(m *protobufs.CustomMessage) {
	if !c.limits.questions.Allow() {
		c.seldom().Warn("a message of the OpAMP server is dropped: there are too many", zap.String("type", m.Type))
		return
	}
	switch {
	case m.Capability == explainCapability && m.Type == "question":
		c.explain(m)
	case m.Capability == agentCapability && c.remote != nil:
		c.demanded(m)
	}
}

// explain answers a question.
func (c *connection) explain(m *protobufs.CustomMessage) {
	answer := c.agent.extension.Load().reply(m.Data)
	data, err := json.Marshal(answer)
	if len(data) > longestAnswer {
		data, err = json.Marshal(noAnswer(answer.ID, "the answer has %d bytes, and at most %d may be; ask by pid, name, host or at", len(data), longestAnswer))
	}
	if err != nil {
		c.log().Error("an answer to the OpAMP server is lost; please report this", zap.Error(err))
		return
	}
	c.send(&protobufs.CustomMessage{Capability: explainCapability, Type: "answer", Data: data})
}

// reply answers a question in JSON.
func (e *Extension) reply(question []byte) Answer {
	if len(question) > longestQuestion {
		return noAnswer("", "the question has %d bytes, and at most %d may be; leave out what is none of it", len(question), longestQuestion)
	}
	var q Question
	if err := json.Unmarshal(question, &q); err != nil {
		return noAnswer(q.ID, "the question is not as it should be: %v", err)
	}
	return e.explain(q, time.Now())
}

func noAnswer(id, format string, args ...any) Answer {
	return Answer{ID: id, Error: fmt.Sprintf(format, args...), Reports: []explain.Report{}}
}

func (c *connection) send(m *protobufs.CustomMessage) {
	if !c.outbox.put(m) {
		c.seldom().Warn("a message to the OpAMP server is dropped: those before it are not sent yet", zap.String("type", m.Type))
		return
	}
	c.agent.state.reported("message")
}

// outbox holds messages until they are sent: the client takes one at a time.
type outbox struct{ waiting chan *protobufs.CustomMessage }

func newOutbox() outbox { return outbox{make(chan *protobufs.CustomMessage, 16)} }

// put takes a message, unless there are too many.
func (o outbox) put(m *protobufs.CustomMessage) bool {
	select {
	case o.waiting <- m:
		return true
	default:
		return false
	}
}

// send sends until the context ends.
func (o outbox) send(ctx context.Context, client client.OpAMPClient) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-o.waiting:
			_ = sendOne(ctx, client, m)
		}
	}
}

// sendOne hands a message to the client, once it has sent the one before. The
// channel closes when this one is sent; it is nil if it never will be.
func sendOne(ctx context.Context, client client.OpAMPClient, m *protobufs.CustomMessage) <-chan struct{} {
	for {
		sent, err := client.SendCustomMessage(m)
		if err == nil {
			return sent
		}
		if !errors.Is(err, types.ErrCustomMessagePending) {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-sent:
		}
	}
}
