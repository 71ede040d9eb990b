package controlplane

import "time"

// Version is one state of a deployment's spec. Versions are never changed and
// outlive their deployment, so that what was wanted can always be told.
type Version struct {
	// Deployment is the UID of the deployment.
	Deployment string `json:"deployment"`
	// Number counts from 1.
	Number int            `json:"version"`
	Spec   DeploymentSpec `json:"spec"`
	// ConfigHash is that of the configuration which the spec rendered to, when
	// the version was made.
	ConfigHash string `json:"configHash"`
	Origin     Origin `json:"origin"`
	// RolledBackTo is the version whose spec this one has again; 0: none.
	RolledBackTo int       `json:"rolledBackTo,omitempty"`
	Author       string    `json:"author"`
	Reason       string    `json:"reason,omitempty"`
	At           time.Time `json:"at"`
}

// Origin is what made a version.
type Origin string

const (
	OriginCreate   Origin = "create"
	OriginUpdate   Origin = "update"
	OriginRollback Origin = "rollback"
	// OriginEnd is a version without critical entries whose time was over.
	OriginEnd Origin = "end"
)

// Desired is what was wanted on an agent from a time on.
type Desired struct {
	// Agent is the agent's name, Host that of its host.
	Agent string `json:"agent"`
	Host  string `json:"host"`
	// Generation counts the changes of this agent, from 1. Who brings them to
	// the agent acts on the greatest only.
	Generation int64 `json:"generation"`
	// ConfigHash is the configuration; empty: the agent's own bootstrap
	// configuration.
	ConfigHash string `json:"configHash,omitempty"`
	// Deployment, its UID and Version are by whose wish; empty for bootstrap.
	Deployment    string `json:"deployment,omitempty"`
	DeploymentUID string `json:"deploymentUID,omitempty"`
	Version       int    `json:"version,omitempty"`
	// Reason is why it changed, in a sentence.
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}
