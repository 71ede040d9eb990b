package controlplane

import (
	"context"
	"time"
)

// Outgoing holds the connections to the agents. The service never sends a
// configuration: it stores what is wanted, commits, and wakes whoever holds the
// agent's connection, who reads the newest [Desired] and brings it over.
type Outgoing interface {
	// Wake says that something else is wanted on these agents. It returns at
	// once, and agents that are not connected are no error: they learn of it
	// when they come.
	Wake(agents []string)
	// Release lets an agent take a configuration again that it has blocked,
	// Resync makes it take the wanted one again, and Reveal makes it show what
	// it would drop until a time. The error has [CodeUnavailable] if the agent
	// is not connected.
	Release(ctx context.Context, agent, configHash string) error
	Resync(ctx context.Context, agent string) error
	Reveal(ctx context.Context, agent string, until time.Time) error
	// Cut ends what is open on a token's word, within seconds.
	Cut(tokenID string)
}

// Unconnected is the Outgoing that no agent is connected to.
type Unconnected struct{}

var _ Outgoing = Unconnected{}

// Wake does nothing.
func (Unconnected) Wake([]string) {}

// Cut does nothing.
func (Unconnected) Cut(string) {}

// Release says that the agent is away.
func (Unconnected) Release(_ context.Context, agent, _ string) error { return Away(agent) }

// Resync says that the agent is away.
func (Unconnected) Resync(_ context.Context, agent string) error { return Away(agent) }

// Reveal says that the agent is away.
func (Unconnected) Reveal(_ context.Context, agent string, _ time.Time) error { return Away(agent) }

// Away says that an agent is not connected.
func Away(agent string) *Error {
	return fail(CodeUnavailable, "start its collector, or look why it cannot reach this control plane, then repeat it", "agent %s is not connected", agent)
}
