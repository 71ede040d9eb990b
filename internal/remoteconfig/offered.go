package remoteconfig

import "time"

// Offer takes a server's offer. What runs is APPLIED at once, what is on its
// way APPLYING, what is stale or blocked FAILED. Everything else is to be
// checked, and replaces what waits to be stored; what is armed or on trial goes
// on until the new one is stored, unless the offer goes back.
func (s State) Offer(o Offer, at time.Time) (State, Step) {
	o = o.bounded()
	if o.Generation != 0 && o.Generation < s.Generation {
		return s, Step{Run: s.Runs, Answers: []Answer{o.answer(Failed, stale(o.Generation, s.Generation))}}
	}
	m := s.move(at)
	m.state.Generation = max(s.Generation, o.Generation)
	m.state.Asked = o.Hash
	m.supersede(o.Hash)
	if m.goesBack(o) {
		m.leave(Cause{Code: Cancelled, Detail: "a newer offer goes back"})
	}
	m.reply(o)
	return m.done()
}

// reply answers an offer, and begins an attempt if it is new.
func (m *move) reply(o Offer) {
	blocked, isBlocked := m.state.Block(o.Hash)
	switch {
	case o.Hash == m.state.Runs.Hash && m.state.Phase != Trial && !m.state.Due:
		m.say(o, Applied, Cause{})
	case m.repeats(o):
		m.say(o, Applying, Cause{})
	case isBlocked:
		m.say(o, Failed, blocked.Cause)
	default:
		m.try(o)
	}
}

// supersede ends the attempts that wait to be stored, but for one hash.
func (m *move) supersede(but Hash) {
	for _, h := range m.waiting() {
		if h != but {
			m.end(h, WentBack, Cause{Code: Superseded, Detail: "a newer offer came before it was stored"})
		}
	}
}

// waiting returns the hashes of the attempts that wait to be stored.
func (m *move) waiting() []Hash {
	var hashes []Hash
	for _, a := range m.state.Attempts {
		if a.pending() {
			hashes = append(hashes, a.Hash)
		}
	}
	return hashes
}

// goesBack reports whether an offer means to leave the candidate: it says so,
// or it is for what would run without.
func (m *move) goesBack(o Offer) bool {
	return m.state.hasCandidate() && o.Hash != m.state.Candidate &&
		(o.Rollback || o.Hash == m.state.home().Hash)
}

// repeats reports whether an offer is for an attempt that goes on, which then
// answers to it.
func (m *move) repeats(o Offer) bool {
	a := m.open(o.Hash)
	if a == nil {
		return false
	}
	a.Generation, a.Nonce, a.Reason, a.Rollback = o.Generation, o.Nonce, o.Reason, o.Rollback
	return true
}
