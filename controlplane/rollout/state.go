package rollout

import (
	"slices"
	"time"
)

// State is where a rollout is.
type State string

const (
	// Ready is between two batches, and before the first.
	Ready State = "Ready"
	// Offering has a batch that has not answered yet.
	Offering State = "Offering"
	// Baking watches a batch that confirmed.
	Baking State = "Baking"
	// RollingBack brings the agents touched back to what they had.
	RollingBack State = "RollingBack"

	Completed  State = "Completed"
	RolledBack State = "RolledBack"
	// Superseded ended because another version, or none, is wanted.
	Superseded State = "Superseded"
)

// Ended says whether nothing follows on a state.
func (s State) Ended() bool { return s == Completed || s == RolledBack || s == Superseded }

// Transitions are the states that may follow on each.
var Transitions = map[State][]State{
	Ready:       {Offering, RollingBack, Completed, Superseded},
	Offering:    {Baking, Ready, RollingBack, Superseded},
	Baking:      {Ready, RollingBack, Superseded},
	RollingBack: {RolledBack, Superseded},
}

// AgentState is where an agent is in a rollout.
type AgentState string

const (
	// Waiting was not touched: its turn has not come, or it is away.
	Waiting AgentState = "waiting"
	// Offered is to run the version and has not confirmed it.
	Offered   AgentState = "offered"
	Confirmed AgentState = "confirmed"
	// Failed said so, at once or after it had confirmed.
	Failed AgentState = "failed"
	// Silent did not confirm in time, or was lost while its batch was watched.
	Silent AgentState = "silent"
	// Skipped is none of the rollout's matters, and why is said.
	Skipped AgentState = "skipped"
	// Returning is to run what it had before; Restored does.
	Returning AgentState = "returning"
	Restored  AgentState = "restored"
	// Diverged keeps something else than what is wanted of it: it refused to go
	// back, or could not.
	Diverged AgentState = "diverged"
)

// AgentTransitions are the states that may follow on each.
var AgentTransitions = map[AgentState][]AgentState{
	Waiting:   {Offered, Skipped},
	Offered:   {Confirmed, Failed, Silent, Diverged, Skipped, Returning},
	Confirmed: {Failed, Silent, Diverged, Skipped, Returning},
	Failed:    {Skipped, Returning},
	Silent:    {Skipped, Returning},
	Returning: {Restored, Diverged, Skipped},
	Restored:  {Skipped},
	Diverged:  {Skipped},
}

// touched are the states in which an agent is to run the version.
var touched = []AgentState{Offered, Confirmed, Failed, Silent}

// Rollout is the way of one version to the agents of a deployment. Whoever holds
// it owns it: a step changes it in place.
type Rollout struct {
	Plan  Plan  `json:"plan"`
	State State `json:"state"`
	// Batch counts the batches that began, Passed those that were watched to the
	// end.
	Batch  int `json:"batch"`
	Passed int `json:"passed"`
	// Released is how many batches a person has released, if the plan asks for
	// that.
	Released int `json:"released,omitempty"`
	// Held rollouts begin no batch; the one that runs goes on.
	Held bool `json:"held,omitempty"`
	// Since is when the state began; Why says what it waits for or what ended it.
	Since  time.Time `json:"since"`
	Why    string    `json:"why,omitempty"`
	Agents []Agent   `json:"-"`
}

// Agent is one of a rollout.
type Agent struct {
	Name  string     `json:"agent"`
	State AgentState `json:"state"`
	// Batch is the one that it was in; 0: none.
	Batch int       `json:"batch,omitempty"`
	Since time.Time `json:"since"`
	Why   string    `json:"why,omitempty"`
}

// Plan is how a rollout goes.
type Plan struct {
	// Batches are how many agents get the version together; the last number goes
	// on. Bake is how long each is watched; the last time goes on.
	Batches []int           `json:"batches"`
	Bake    []time.Duration `json:"bake"`
	// Timeout is how long an agent may take to confirm.
	Timeout time.Duration `json:"timeout"`
	// MostFailed is the number of failed agents that ends the rollout.
	MostFailed int `json:"mostFailed"`
	// Manual waits for a person before each batch.
	Manual bool `json:"manual,omitempty"`
	// Gated batches pass with what was measured of them only.
	Gated bool `json:"gated,omitempty"`
	// OneWay rollouts never go back by themselves: who fails is left as it is.
	OneWay bool `json:"oneWay,omitempty"`
}

// Size is how many agents get a version together when a number of batches has
// passed.
func (p Plan) Size(passed int) int { return p.Batches[min(passed, len(p.Batches)-1)] }

// SizeAfter is how many agents may follow together when a number of agents runs
// the version already.
func (p Plan) SizeAfter(agents int) int {
	for _, size := range p.Batches {
		if agents < size {
			return size
		}
		agents -= size
	}
	return p.Batches[len(p.Batches)-1]
}

func (p Plan) bake(passed int) time.Duration { return p.Bake[min(passed, len(p.Bake)-1)] }

// Start is a rollout before its first batch. The names are in the order in which
// their turn comes.
func Start(p Plan, names []string, now time.Time) Rollout {
	r := Rollout{Plan: p, State: Ready, Since: now, Agents: make([]Agent, len(names))}
	for i, name := range names {
		r.Agents[i] = Agent{Name: name, State: Waiting, Since: now}
	}
	return r
}

// Count is how many agents are in one of some states.
func (r *Rollout) Count(states ...AgentState) (n int) {
	for i := range r.Agents {
		if slices.Contains(states, r.Agents[i].State) {
			n++
		}
	}
	return n
}
