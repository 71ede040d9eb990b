package sqlstore

import (
	"context"
	"time"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore/internal/rows"
)

func (r reader) Agent(ctx context.Context, name string) (controlplane.Agent, error) {
	return one[controlplane.Agent](r.q.Agent(ctx, name))
}

func (r reader) Agents(ctx context.Context, s controlplane.Span[string]) ([]controlplane.Agent, error) {
	return list[controlplane.Agent](ctx, s, r.q.Agents, r.q.AgentsDown)
}

func (r reader) Effective(ctx context.Context, agent string) ([]byte, error) {
	text, err := r.q.Effective(ctx, agent)
	return text, told(err)
}

func (r reader) CountAgents(ctx context.Context, deployment string) (counts controlplane.AgentCounts, _ error) {
	found, err := r.q.CountAgents(ctx, deployment)
	for _, row := range found {
		counts.Add(controlplane.AgentState(row.State), row.Rivals != "", int(row.Agents))
	}
	return counts, told(err)
}

func (r reader) DesiredAt(ctx context.Context, agent string, at time.Time) (controlplane.Desired, error) {
	return one[controlplane.Desired](r.q.DesiredAt(ctx, agent, at.UnixMicro()))
}

func (r reader) DesiredOnHost(ctx context.Context, host string, at time.Time) ([]controlplane.Desired, error) {
	return many[controlplane.Desired](r.q.DesiredOnHost(ctx, host, at.UnixMicro()))
}

func (r reader) DesiredOf(ctx context.Context, agent string, s controlplane.Span[int64]) ([]controlplane.Desired, error) {
	return list[controlplane.Desired](ctx, s, of(agent, r.q.DesiredOf), of(agent, r.q.DesiredOfDown))
}

func (r reader) Attempts(ctx context.Context, agent string, s controlplane.Span[int64]) ([]controlplane.Attempt, error) {
	return list[controlplane.Attempt](ctx, s, of(agent, r.q.Attempts), of(agent, r.q.AttemptsDown))
}

func (r reader) AttemptAt(ctx context.Context, agent string, o controlplane.Outcome, at time.Time) (controlplane.Attempt, error) {
	return one[controlplane.Attempt](r.q.AttemptAt(ctx, agent, string(o), at.UnixMicro()))
}

func (w writer) PutAgent(ctx context.Context, a controlplane.Agent) error {
	body, err := encode(a)
	if err != nil {
		return err
	}
	return w.q.PutAgent(ctx, a.Metadata.Name, a.Status.Deployment, body)
}

func (w writer) PutEffective(ctx context.Context, agent string, text []byte) error {
	return told(w.q.PutEffective(ctx, agent, text))
}

func (w writer) DeleteAgent(ctx context.Context, name string) error {
	return found(w.q.DeleteAgent(ctx, name))
}

func (w writer) AddDesired(ctx context.Context, d controlplane.Desired) error {
	body, err := encode(d)
	if err != nil {
		return err
	}
	return w.q.AddDesired(ctx, rows.AddDesiredParams{
		Agent: d.Agent, Generation: d.Generation, Host: d.Host, At: d.At.UnixMicro(), ConfigHash: reference(d.ConfigHash), Body: body,
	})
}

func (w writer) AddAttempt(ctx context.Context, a controlplane.Attempt) error {
	body, err := encode(a)
	if err != nil {
		return err
	}
	return w.q.AddAttempt(ctx, rows.AddAttemptParams{Agent: a.Agent, Outcome: string(a.Outcome), At: a.At.UnixMicro(), Body: body})
}
