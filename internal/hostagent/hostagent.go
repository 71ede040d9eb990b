// Package hostagent names what the extension needs of the life of remote
// configurations.
package hostagent

import (
	"context"
	"time"

	"github.com/phoenix-platform/phoenix/internal/ownership"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

type Service interface {
	Change(ctx context.Context, settings []ownership.Setting) error
	Answered(remoteconfig.Answer)
	Reported()
}

type Health struct {
	OK, Permanent     bool
	Component, Detail string
}

type Offer struct {
	Content    []byte
	Token      []byte
	Generation uint64
	Reason     string
	Rollback   bool
}

type Status struct {
	Runs        remoteconfig.Run       `json:"runs"`
	Phase       remoteconfig.Phase     `json:"phase"`
	Since       time.Time              `json:"since,omitzero"`
	Candidate   remoteconfig.Hash      `json:"candidate,omitempty"`
	Generation  uint64                 `json:"generation,omitempty"`
	Blocked     []remoteconfig.Block   `json:"blocked,omitempty"`
	Attempts    []remoteconfig.Attempt `json:"attempts,omitempty"`
	RevealUntil time.Time              `json:"reveal_until,omitzero"`
	Problems    []string               `json:"problems,omitempty"`
	AgentFile   string                 `json:"agent_file,omitempty"`
}
