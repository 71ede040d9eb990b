package remoteconfig

import (
	"slices"
	"time"
)

// Step is what a transition asks of its caller. All of it may be zero: then
// nothing changes for anybody.
type Step struct {
	// Check asks to check and validate what was offered, and to report
	// Checked, Validated and Store, or Fail.
	Check bool
	// Reload asks to reload the service, which calls Next. What is live can be
	// changed without: Next is then called first.
	Reload bool
	// Run is what runs, or will after the reload.
	Run Run
	// Answers are for the server, in this order. The last one is about the
	// newest offer.
	Answers []Answer
	// Passed is what could not run at a start, best first.
	Passed []Passed
}

// move is a transition that is being made.
type move struct {
	state State
	step  Step
	at    time.Time
}

func (s State) move(at time.Time) *move {
	return &move{state: s.clone(), at: at.UTC().Round(0)}
}

// done ends a transition. The answer to the newest offer comes last.
func (m *move) done() (State, Step) {
	m.step.Run = m.state.Runs
	if n := len(m.step.Answers); n > 0 && m.step.Answers[n-1] != m.state.Last {
		m.step.Answers = append(m.step.Answers, m.state.Last)
	}
	return m.state, m.step
}

// say answers an offer.
func (m *move) say(o Offer, status Status, c Cause) {
	a := o.answer(status, c)
	m.step.Answers = append(m.step.Answers, a)
	if o.Hash == m.state.Asked {
		m.state.Last = a
	}
}

// maxEnded is for how many ended attempts a state has room, which the history
// could not take.
const maxEnded = 12

// open returns the attempt with a hash that goes on, or nil.
func (m *move) open(h Hash) *Attempt {
	i := slices.IndexFunc(m.state.Attempts, func(a Attempt) bool { return a.Hash == h && a.Ended.IsZero() })
	if i < 0 {
		return nil
	}
	return &m.state.Attempts[i]
}

// pending returns the attempt with a hash that is on its way to be stored.
func (m *move) pending(h Hash) *Attempt {
	if a := m.open(h); a != nil && a.pending() {
		return a
	}
	return nil
}

// try begins an attempt.
func (m *move) try(o Offer) {
	m.state.LastID++
	m.state.Attempts = append(m.state.Attempts, Attempt{
		ID: m.state.LastID, Hash: o.Hash, Generation: o.Generation, Nonce: o.Nonce,
		Reason: o.Reason, Rollback: o.Rollback, Offered: m.at,
	})
	m.step.Check = o.Hash != m.state.Runs.Hash
	m.say(o, Applying, Cause{})
}

// end ends the attempt with a hash, if one goes on.
func (m *move) end(h Hash, outcome Outcome, c Cause) {
	a := m.open(h)
	if a == nil {
		return
	}
	a.Ended, a.Outcome, a.Cause = m.at, outcome, c.bounded()
	if outcome == WentBack {
		m.say(a.offer(), Failed, c)
	}
	m.forget()
}

// forget drops the oldest attempts that ended, if there is no room for them.
func (m *move) forget() {
	surplus := -maxEnded
	for _, a := range m.state.Attempts {
		if !a.Ended.IsZero() {
			surplus++
		}
	}
	m.state.Attempts = slices.DeleteFunc(m.state.Attempts, func(a Attempt) bool {
		drop := surplus > 0 && !a.Ended.IsZero()
		if drop {
			surplus--
		}
		return drop
	})
}
