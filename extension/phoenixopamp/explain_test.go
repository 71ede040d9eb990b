package phoenixopamp

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/open-telemetry/opamp-go/protobufs"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/internal/live"
	"github.com/phoenix-platform/phoenix/internal/process"
)

// decider is a component that explains what a history has.
type decider struct{ history *process.History }

func (decider) Prepare(context.Context, *confmap.Conf) (func(), error) { return func() {}, nil }
func (decider) HostNames() []string                                    { return []string{"web-1", "web-2"} }
func (decider) Mode() string                                           { return "enforce" }

func (d decider) Explain(host string, q process.Query, now time.Time) []process.Transition {
	if host != "web-1" {
		return nil
	}
	return d.history.Find(q, now.UnixNano())
}

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// decide registers a component that has kept nginx and dropped java.
func decide(e *instance) (unregister func()) {
	h := &process.History{}
	h.Add(process.Transition{Time: noon.UnixNano(), ID: process.ID{PID: 812}, Name: "nginx", Kept: true, Rule: "rank", Subject: "cpu", Value: 0.5, Rank: 3, Threshold: 0.25})
	h.Add(process.Transition{Time: noon.Add(time.Minute).UnixNano(), ID: process.ID{PID: 900}, Name: "java\x1b[2J", Rule: "rank", Subject: "cpu", Value: math.NaN()})
	return e.Register(component.MustNewID("topk"), decider{h})
}

func TestQuestionsArePickedByPIDNameTimeAndHost(t *testing.T) {
	e := build(configure(t, ""))
	decide(e)
	for _, c := range []struct {
		question Question
		want     []int32
	}{
		{Question{}, []int32{900, 812}},
		{Question{PID: 812}, []int32{812}},
		{Question{Name: "nginx"}, []int32{812}},
		{Question{At: noon}, []int32{812}},
		{Question{At: noon.Add(-time.Second)}, nil},
		{Question{At: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}, []int32{900, 812}},
		{Question{Host: "web-1"}, []int32{900, 812}},
		{Question{Host: "web-2"}, nil},
	} {
		var got []int32
		for _, r := range e.explain(c.question, noon.Add(time.Hour)).Reports {
			for _, d := range r.Decisions {
				got = append(got, d.PID)
			}
		}
		require.Equal(t, c.want, got, "%+v", c.question)
	}
}

func TestAComponentThatIsNoMoreExplainsNothing(t *testing.T) {
	e := build(configure(t, ""))
	decide(e)()
	require.Empty(t, e.explain(Question{}, noon).Reports)
}

func TestTheLatestOfMoreThanTheMostAreTold(t *testing.T) {
	e := build(configure(t, ""))
	h := &process.History{}
	for i := range mostDecisions + 1 {
		h.Add(process.Transition{Time: noon.UnixNano(), ID: process.ID{PID: int32(i)}})
	}
	e.Register(component.MustNewID("topk"), decider{h})
	a := e.explain(Question{}, noon)
	require.True(t, a.Truncated)
	require.Len(t, a.Reports[0].Decisions, mostDecisions)
	require.EqualValues(t, mostDecisions, a.Reports[0].Decisions[0].PID)
}

func TestTheServerAsksAndIsAnswered(t *testing.T) {
	for _, transport := range []string{"WebSocket", "plain HTTP"} {
		t.Run(transport, func(t *testing.T) {
			s := newServer(t, nil)
			cfg := configure(t, transports(s)[transport])
			cfg.HeartbeatInterval = 20 * time.Millisecond // by plain HTTP the server waits to be asked
			e := start(t, cfg)
			h := &process.History{}
			h.Add(process.Transition{Time: time.Now().Truncate(time.Second).UnixNano(), ID: process.ID{PID: 812}, Name: "nginx", Kept: true, Rule: "rank", Subject: "cpu", Value: 0.5, Rank: 3, Threshold: 0.25})
			e.Register(component.MustNewID("topk"), live.Target(decider{h}))
			s.await("a report", func() bool { return s.told.Health.GetHealthy() })
			for i := range 3 {
				s.send(&protobufs.ServerToAgent{CustomMessage: &protobufs.CustomMessage{
					Capability: "io.phoenix.explain", Type: "question", Data: fmt.Appendf(nil, `{"id":"%d","pid":812}`, i),
				}})
				s.await("an answer", func() bool { return len(s.custom) == i+1 })
			}
			s.set(func() {
				require.Equal(t, "answer", s.custom[2].Type)
				var got map[string]any
				require.NoError(t, json.Unmarshal(s.custom[2].Data, &got))
				require.Equal(t, "2", got["id"])
				report := got["reports"].([]any)[0].(map[string]any)
				require.Equal(t, "topk", report["component"])
				require.Equal(t, "web-1", report["host"])
				require.Len(t, report["decisions"], 1)
			})
		})
	}
}

func TestAQuestionThatIsNoneIsAnsweredByAnError(t *testing.T) {
	s := newServer(t, nil)
	start(t, configure(t, transports(s)["WebSocket"]))
	s.await("a report", func() bool { return s.told.Health.GetHealthy() })
	s.send(&protobufs.ServerToAgent{CustomMessage: &protobufs.CustomMessage{Capability: "io.phoenix.explain", Type: "question", Data: []byte("{")}})
	s.await("an answer", func() bool { return len(s.custom) == 1 })
	s.set(func() {
		require.JSONEq(t, `{"error":"the question is not as it should be: unexpected end of JSON input","reports":[]}`, string(s.custom[0].Data))
	})
}

// An answer that no message has room for would take along what else is to be
// sent.
func TestAnAnswerThatIsTooLargeIsAnError(t *testing.T) {
	s := newServer(t, nil)
	e := start(t, configure(t, transports(s)["WebSocket"]))
	h := &process.History{}
	for i := range mostDecisions {
		h.Add(process.Transition{Time: time.Now().UnixNano(), ID: process.ID{PID: int32(i)}, Name: strings.Repeat("x", 8<<10)})
	}
	e.Register(component.MustNewID("topk"), decider{h})
	s.await("a report", func() bool { return s.told.Health.GetHealthy() })
	for i, c := range []struct{ question, want string }{
		{`{"id":"7"}`, `{"id":"7","error":"the answer has 8`},
		{`{"id":"` + strings.Repeat("8", longestQuestion) + `"}`, `{"error":"the question has `},
	} {
		s.send(&protobufs.ServerToAgent{CustomMessage: &protobufs.CustomMessage{Capability: "io.phoenix.explain", Type: "question", Data: []byte(c.question)}})
		s.await("an answer", func() bool { return len(s.custom) == i+1 })
		s.set(func() { require.Contains(t, string(s.custom[i].Data), c.want) })
	}
}

func TestAFullOutboxTakesNoMore(t *testing.T) {
	o := newOutbox()
	for range cap(o.waiting) {
		require.True(t, o.put(&protobufs.CustomMessage{}))
	}
	require.False(t, o.put(&protobufs.CustomMessage{}))
}
