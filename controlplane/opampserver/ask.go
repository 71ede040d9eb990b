package opampserver

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/open-telemetry/opamp-go/protobufs"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// What our own agents do besides OpAMP, in custom messages of JSON:
// docs/remote-configuration.md says what is in them.
const (
	explainCapability = "io.phoenix.explain"
	agentCapability   = "io.phoenix.agent"
)

var customCapabilities = []string{explainCapability, agentCapability}

// Question asks an agent why it keeps or drops a process, by its PID or name, and
// what was decided until a time; the zero time: now.
type Question struct {
	PID  int
	Name string
	At   time.Time
}

// Explain returns an agent's own words.
func (s *Server) Explain(ctx context.Context, agent string, q Question) (json.RawMessage, error) {
	about := map[string]any{}
	if q.PID != 0 {
		about["pid"] = q.PID
	}
	if q.Name != "" {
		about["name"] = q.Name
	}
	if !q.At.IsZero() {
		about["at"] = q.At
	}
	return s.ask(ctx, agent, explainCapability, "question", about)
}

// Release lets an agent take a configuration again that it has blocked.
func (s *Server) Release(ctx context.Context, agent, configHash string) error {
	if _, err := s.ask(ctx, agent, agentCapability, "release", map[string]any{"hash": configHash}); err != nil {
		return err
	}
	return s.Resync(ctx, agent)
}

// Reveal makes an agent show everything until a time.
func (s *Server) Reveal(ctx context.Context, agent string, until time.Time) error {
	long := max(0, time.Until(until)).Round(time.Second)
	_, err := s.ask(ctx, agent, agentCapability, "reveal", map[string]any{"for": long.String()})
	return err
}

// Resync offers an agent what is wanted of it again, whatever it answered.
func (s *Server) Resync(_ context.Context, agent string) error {
	p := s.peer(agent)
	if p == nil {
		return controlplane.Away(agent)
	}
	p.mu.Lock()
	p.told, p.offered = nil, nil
	p.mu.Unlock()
	p.reconcile()
	return nil
}

// ask sends a message to an agent and waits for the answer to it.
func (s *Server) ask(ctx context.Context, agent, capability, kind string, about map[string]any) (json.RawMessage, error) {
	p := s.peer(agent)
	if p == nil {
		return nil, controlplane.Away(agent)
	}
	ctx, cancel := context.WithTimeout(ctx, s.set.timing.answer)
	defer cancel()
	id := rand.Text()
	about["id"] = id
	data, err := json.Marshal(about)
	if err != nil {
		return nil, fmt.Errorf("write the %s to agent %s: %w", kind, agent, err)
	}
	answer, err := p.post(id, &protobufs.CustomMessage{Capability: capability, Type: kind, Data: data})
	if err != nil {
		return nil, err
	}
	defer p.forget(id)
	select {
	case <-ctx.Done():
		return nil, unavailable("agent "+agent+" does not answer", "see whether its collector is busy, then repeat it")
	case got := <-answer:
		return got, refusal(agent, got)
	}
}

// refusal is the error of an answer.
func refusal(agent string, answer []byte) error {
	var says struct{ Error string }
	if err := json.Unmarshal(answer, &says); err != nil {
		return unavailable("agent "+agent+" answers what is no JSON", "see which version of the collector it is")
	}
	if says.Error != "" {
		return &controlplane.Error{Code: controlplane.CodeConflict, Message: fmt.Sprintf("agent %s refuses: %s", agent, says.Error)}
	}
	return nil
}

func unavailable(text, hint string) error {
	return &controlplane.Error{Code: controlplane.CodeUnavailable, Message: text, Hint: hint}
}

// post puts a message among those that wait for the agent. The answer of that id
// comes through the channel.
func (p *peer) post(id string, m *protobufs.CustomMessage) (<-chan []byte, error) {
	answer := make(chan []byte, 1)
	p.mu.Lock()
	switch {
	case p.ended:
		p.mu.Unlock()
		return nil, controlplane.Away(p.name)
	case !p.custom[m.Capability]:
		p.mu.Unlock()
		return nil, unavailable(fmt.Sprintf("agent %s does not do this: it lacks %s", p.name, m.Capability), "run otelcol-phoenix there, started by --config phoenix:…")
	case len(p.waiting) >= mostWaiting:
		p.mu.Unlock()
		return nil, unavailable(fmt.Sprintf("%d messages wait for agent %s already", mostWaiting, p.name), "repeat it later")
	}
	p.waiting = append(p.waiting, m)
	p.asked[id] = answer
	p.mu.Unlock()
	p.wake()
	return answer, nil
}

func (p *peer) forget(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.asked, id)
}

// longestAnswer is how many bytes of an answer are taken.
const longestAnswer = 2 << 20

// message takes a custom message of an agent: the answer to a question.
func (p *peer) message(m *protobufs.CustomMessage) {
	if m == nil || !strings.HasPrefix(m.Capability, "io.phoenix.") || len(m.Data) > longestAnswer {
		return
	}
	var says struct{ ID string }
	if json.Unmarshal(m.Data, &says) != nil || says.ID == "" {
		return // such as the attempts, which the reports have as well
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if answer, ok := p.asked[says.ID]; ok {
		delete(p.asked, says.ID)
		answer <- m.Data // it has room for the only one
	}
}
