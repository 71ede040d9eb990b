package hostagent

import (
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// Status is what an agent tells about the life of remote configurations. There
// are no secrets in it.
type Status struct {
	Runs remoteconfig.Run `json:"runs"`
	// ReloadDue says that the collector has yet to reload to run it.
	ReloadDue bool               `json:"reload_due,omitempty"`
	Phase     remoteconfig.Phase `json:"phase"`
	// Since is when the phase began.
	Since time.Time `json:"since,omitzero"`
	// Candidate is what is armed or on trial.
	Candidate  remoteconfig.Hash      `json:"candidate,omitempty"`
	Generation uint64                 `json:"generation,omitempty"`
	Blocked    []remoteconfig.Block   `json:"blocked,omitempty"`
	Attempts   []remoteconfig.Attempt `json:"attempts,omitempty"`
	// RevealUntil is when a reveal ends.
	RevealUntil time.Time `json:"reveal_until,omitzero"`
	// Problems are what was found wrong on this host.
	Problems  []string `json:"problems,omitempty"`
	AgentFile string   `json:"agent_file,omitempty"`
}

// Status returns the status. Its attempts are the oldest first.
func (a *Agent) Status() Status {
	attempts, err := a.life.Attempts()
	a.mu.Lock()
	defer a.mu.Unlock()
	state := a.life.State()
	problems := slices.Concat(a.life.Problems(), a.problems)
	if err != nil {
		problems = append(problems, "read the attempts: "+err.Error())
	}
	return Status{
		Runs: state.Runs, ReloadDue: state.Due, Phase: state.Phase, Since: state.Since, Candidate: state.Candidate,
		Generation: state.Generation, Blocked: state.Blocked, Attempts: attempts,
		RevealUntil: a.reveal.until, Problems: problems, AgentFile: a.path,
	}
}

// Effective is the configuration that runs, as YAML without secrets; nil before
// the first [Agent.Retrieve].
func (a *Agent) Effective() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.serving.runs == nil {
		return nil
	}
	text, err := yaml.Marshal(a.running().Redacted)
	if err != nil {
		a.log.Error("write the configuration that runs: " + err.Error())
		return nil
	}
	return text
}
