package remoteconfig

import (
	"slices"
	"time"
)

// State is all that an agent remembers about its remote configurations. It is a
// value: transitions return another one and leave it as it is.
type State struct {
	// Sequence numbers the states that were written. The store sets it.
	Sequence uint64 `json:"-"`
	// Generation is the highest that was offered. It never falls.
	Generation uint64 `json:"generation,omitempty"`
	Phase      Phase  `json:"phase"`
	// Since is when the phase began.
	Since time.Time `json:"since,omitzero"`

	// LastGood has settled. Empty until something has.
	LastGood Hash `json:"last_good,omitempty"`
	// Previous was the last good one before.
	Previous Hash `json:"previous,omitempty"`
	// Confirmed is the last that was healthy. It differs from LastGood until it
	// settles.
	Confirmed Hash `json:"confirmed,omitempty"`
	// Candidate is what is armed or on trial.
	Candidate Hash `json:"candidate,omitempty"`

	// Runs is what runs, or will after the reload that Due speaks of.
	Runs Run `json:"runs,omitzero"`
	// Back is what ran before the trial.
	Back Run `json:"back,omitzero"`
	// Due says that the service still has to be reloaded for Runs.
	Due bool `json:"due,omitempty"`

	// Starts counts, in a stable state, the unclean ends in a row of what never
	// came up; on probation, the restarts of the host.
	Starts int `json:"starts,omitempty"`
	// Clean says that the process was stopped in order.
	Clean bool `json:"clean,omitempty"`
	// BootID is the host's boot in which the process started.
	BootID string `json:"boot_id,omitempty"`
	// Under is what the process runs under.
	Under Under `json:"under,omitzero"`

	// Asked is what the newest offer was for.
	Asked Hash `json:"asked,omitempty"`
	// Last is the newest answer to the newest offer: what a server is told when
	// it connects. Its status is empty if there was no offer.
	Last Answer `json:"last,omitzero"`

	// Blocked is what is not tried again, oldest first.
	Blocked []Block `json:"blocked,omitempty"`
	// Attempts are those that go on, and those that ended and are not yet in
	// the history.
	Attempts []Attempt `json:"attempts,omitempty"`
	// LastID is the newest attempt's.
	LastID uint64 `json:"last_id,omitempty"`
}

// New returns the state of an agent that was never offered anything.
func New() State { return State{Phase: Stable, Clean: true} }

// refs are the configurations that a state may still need.
func (s State) refs() []Hash {
	return []Hash{s.LastGood, s.Previous, s.Confirmed, s.Candidate, s.Runs.Hash, s.Back.Hash}
}

// clone returns a state that shares nothing with this one.
func (s State) clone() State {
	s.Blocked, s.Attempts = slices.Clone(s.Blocked), slices.Clone(s.Attempts)
	return s
}

// home is what runs when there is no candidate.
func (s State) home() Run {
	if s.Phase == Trial {
		return s.Back
	}
	return s.Runs
}

// hasCandidate reports whether something is armed or on trial.
func (s State) hasCandidate() bool { return s.Phase == Armed || s.Phase == Trial }

// ladder is what can run in a stable state, best first. Safe mode is below it.
// What failed to come up too often in a row is left out.
func (s State) ladder() []Run {
	var rungs []Run
	if s.LastGood != "" {
		rungs = append(rungs, Run{LastGood, s.LastGood})
	}
	if s.Previous != "" && s.Previous != s.LastGood {
		rungs = append(rungs, Run{Previous, s.Previous})
	}
	rungs = append(rungs, Run{Source: Bootstrap})
	return rungs[min(s.Starts/startsPerRung, len(rungs)):]
}
