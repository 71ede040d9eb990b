package remoteconfig

import "time"

// Check notes that an offered configuration may say what it says.
func (s State) Check(h Hash, at time.Time) (State, Step) {
	m := s.move(at)
	if a := m.pending(h); a != nil {
		a.Checked = m.at
	}
	return m.done()
}

// Validate notes that an offered configuration is one that this collector can
// run.
func (s State) Validate(h Hash, at time.Time) (State, Step) {
	m := s.move(at)
	if a := m.pending(h); a != nil {
		a.Validated = m.at
	}
	return m.done()
}

// Store arms an offered configuration whose content is durable. It takes the
// place of what was armed or on trial, and is ignored if it is no longer wanted.
func (s State) Store(h Hash, at time.Time) (State, Step) {
	m := s.move(at)
	if m.pending(h) == nil {
		return m.done()
	}
	if s.hasCandidate() {
		m.leave(Cause{Code: Superseded, Detail: "a newer offer took its place"})
	}
	m.open(h).Stored = m.at
	m.state.Candidate = h
	m.enter(Armed)
	m.step.Reload = true
	return m.done()
}

// Apply begins the trial of the armed candidate.
func (s State) Apply(h Hash, at time.Time) (State, Step) {
	m := s.move(at)
	if s.Phase == Armed && h == s.Candidate {
		m.begin()
	}
	return m.done()
}

// Confirm ends a trial well. If the candidate was the last good one already, it
// has nothing to prove.
func (s State) Confirm(h Hash, at time.Time) (State, Step) {
	m := s.move(at)
	if s.Phase != Trial || h != s.Candidate {
		return m.done()
	}
	if s.Confirmed != s.LastGood {
		m.end(s.Confirmed, Replaced, Cause{Code: Superseded, Detail: "a newer offer was confirmed before it settled"})
	}
	m.state.Confirmed, m.state.Candidate, m.state.Starts = h, "", 0
	m.state.Runs = Run{Confirmed, h}
	a := m.open(h)
	a.Confirmed = m.at
	m.say(a.offer(), Applied, Cause{})
	m.rest()
	if m.state.Phase == Stable {
		m.state.Runs = Run{LastGood, h}
		m.end(h, Settled, Cause{})
	}
	return m.done()
}

// Settle ends probation well: only now the last good one changes.
func (s State) Settle(h Hash, at time.Time) (State, Step) {
	m := s.move(at)
	if s.Phase != Probation || h != s.Confirmed || s.Due {
		return m.done()
	}
	m.state.Previous, m.state.LastGood = s.LastGood, h
	m.state.Runs, m.state.Starts = Run{LastGood, h}, 0
	m.unblock(h)
	m.rest()
	m.end(h, Settled, Cause{})
	return m.done()
}

// Fail takes the failure of what is offered, armed or on trial, and of what is
// on probation if the cause is its own. What ran before runs again.
func (s State) Fail(h Hash, c Cause, at time.Time) (State, Step) {
	m := s.move(at)
	switch {
	case s.hasCandidate() && h == s.Candidate:
		m.block(h, c)
		m.leave(c)
	case m.pending(h) != nil:
		m.block(h, c)
		m.end(h, WentBack, c)
	case s.Phase == Probation && h == s.Confirmed && c.Code.Blocks():
		m.drop(c)
		m.state.Due, m.step.Reload = true, true
	}
	return m.done()
}

// Release lets a blocked configuration be tried again.
func (s State) Release(h Hash, at time.Time) (State, Step) {
	m := s.move(at)
	m.unblock(h)
	return m.done()
}

// Up notes that what should run has come up, on trial or not. An offer to go
// back is answered now.
func (s State) Up(at time.Time) (State, Step) {
	m := s.move(at)
	if s.Phase == Trial {
		return m.done()
	}
	m.state.Due = false
	if s.Phase == Stable {
		m.state.Starts -= s.Starts % startsPerRung
	}
	if a := m.open(s.Runs.Hash); a != nil && s.Last.Hash == a.Hash && s.Last.Status == Applying {
		m.say(a.offer(), Applied, Cause{})
	}
	if m.pending(s.Runs.Hash) != nil {
		m.end(s.Runs.Hash, Settled, Cause{})
	}
	return m.done()
}

// Stop notes that the process is stopped in order.
func (s State) Stop(at time.Time) (State, Step) {
	m := s.move(at)
	m.state.Clean = true
	return m.done()
}

// begin puts the candidate on trial.
func (m *move) begin() {
	if a := m.open(m.state.Candidate); a != nil {
		a.Applied = m.at
	}
	m.state.Back, m.state.Runs, m.state.Due = m.state.Runs, Run{Candidate, m.state.Candidate}, false
	m.enter(Trial)
}

// leave gives the candidate up. What ran before its trial runs again.
func (m *move) leave(c Cause) {
	candidate := m.state.Candidate
	m.state.Candidate = ""
	if m.state.Phase == Trial {
		m.state.Runs, m.state.Due, m.step.Reload = m.state.Back, true, true
	}
	m.rest()
	m.end(candidate, WentBack, c)
}

// drop gives the configuration on probation up for the last good one.
func (m *move) drop(c Cause) {
	h := m.state.Confirmed
	m.block(h, c)
	m.state.Confirmed, m.state.Starts = m.state.LastGood, 0
	m.state.Runs = m.state.ladder()[0]
	m.rest()
	m.end(h, WentBack, c)
}

// rest enters the phase of a state without a candidate.
func (m *move) rest() {
	m.state.Back = Run{}
	if m.state.Confirmed == m.state.LastGood {
		m.enter(Stable)
		return
	}
	m.enter(Probation)
}

func (m *move) enter(p Phase) { m.state.Phase, m.state.Since = p, m.at }
