package controlplane

import "time"

// KindAgent is the kind of an [Agent].
const KindAgent = "Agent"

// Agent is a collector that was enrolled. Its name is its instance UID; its
// labels come from the enrolment token or an administrator, never from itself.
type Agent struct {
	TypeMeta
	Metadata Metadata    `json:"metadata"`
	Spec     AgentSpec   `json:"spec"`
	Status   AgentStatus `json:"status"`
}

// AgentSpec is what was told at the enrolment.
type AgentSpec struct {
	// Host is the name that the agent gave its host.
	Host string `json:"host"`
	// EnrolledBy is the ID of the enrolment token.
	EnrolledBy string `json:"enrolledBy,omitempty"`
}

// AgentStatus is whose it is, and what it said last.
type AgentStatus struct {
	// Deployment is the one that it belongs to; empty: none.
	Deployment string `json:"deployment,omitempty"`
	// Conflict names the deployments that pick it, if these are two or more.
	// While it lasts nothing changes on the agent.
	Conflict []string `json:"conflict,omitempty"`
	// Wanted is the newest of its [Desired].
	Wanted Desired    `json:"wanted"`
	State  AgentState `json:"state"`
	Report Report     `json:"report,omitzero"`
}

// Report is what an agent says of itself.
type Report struct {
	// At is when the control plane heard it; the zero time: never.
	At        time.Time `json:"at,omitzero"`
	Connected bool      `json:"connected"`
	// Version is the collector's, Components are those that it has.
	Version    string   `json:"version,omitempty"`
	Components []string `json:"components,omitempty"`
	Healthy    bool     `json:"healthy"`
	Health     string   `json:"health,omitempty"`
	// ConfigHash is what it runs; Outcome, Generation and Message are of the
	// last offer that it took.
	ConfigHash string `json:"configHash,omitempty"`
	// OfferedHash is what that offer was of.
	OfferedHash string  `json:"offeredHash,omitempty"`
	Generation  int64   `json:"generation,omitempty"`
	Outcome     Outcome `json:"outcome,omitempty"`
	Message     string  `json:"message,omitempty"`
	// Unmanaged agents take no configuration from here.
	Unmanaged bool `json:"unmanaged,omitempty"`
	// Cloned agents are several that speak under one name, by turns.
	Cloned bool `json:"cloned,omitempty"`
}

// Outcome is what became of an offer.
type Outcome string

const (
	OutcomeApplying Outcome = "applying"
	OutcomeApplied  Outcome = "applied"
	OutcomeFailed   Outcome = "failed"
)

// Attempt is an outcome in an agent's history.
type Attempt struct {
	Sequence   int64     `json:"sequence"`
	Agent      string    `json:"agent"`
	Generation int64     `json:"generation"`
	ConfigHash string    `json:"configHash,omitempty"`
	Outcome    Outcome   `json:"outcome"`
	Message    string    `json:"message,omitempty"`
	At         time.Time `json:"at"`
}

// AgentState is where an agent is with what is wanted of it.
type AgentState string

const (
	// AgentPending has not answered to what is wanted now.
	AgentPending  AgentState = "pending"
	AgentApplying AgentState = "applying"
	AgentApplied  AgentState = "applied"
	AgentFailed   AgentState = "failed"
	// AgentDiverged confirmed it once and now runs something else.
	AgentDiverged AgentState = "diverged"
)

// state compares what is wanted with what was said last.
func (s AgentStatus) state() AgentState {
	r := s.Report
	switch {
	case r.Generation != s.Wanted.Generation:
		return AgentPending
	case r.Outcome == OutcomeFailed:
		return AgentFailed
	case r.Outcome == OutcomeApplying:
		return AgentApplying
	case r.ConfigHash != s.Wanted.ConfigHash:
		return AgentDiverged
	}
	return AgentApplied
}

// AgentFilter narrows a list of agents; what is empty does not.
type AgentFilter struct {
	Deployment string
	Host       string
	State      AgentState
	Selector   Selector
}

func (f AgentFilter) matches(a Agent) bool {
	return (f.Deployment == "" || f.Deployment == a.Status.Deployment) &&
		(f.Host == "" || f.Host == a.Spec.Host) &&
		(f.State == "" || f.State == a.Status.State) &&
		(f.Selector.Empty() || f.Selector.Matches(a.Metadata.Labels))
}
