package remoteconfig

import "time"

// Boot is the process that starts.
type Boot struct {
	// ID is of the host's boot: it tells a process that was killed from a host
	// that went down. Empty where there is none; then every end counts.
	ID string
	// Under is what the process judges under.
	Under Under
	// Ended is why the process before ended, if it said so itself. Zero: it ended
	// without a word.
	Ended Cause
}

// Start takes the start of a process: it judges how the one before ended, then
// chooses what runs. Each choice is put to runs, which returns why it cannot be
// run; safe mode is not asked for.
func (s State) Start(b Boot, runs func(Run) error, at time.Time) (State, Step) {
	m := s.move(at)
	for _, h := range m.waiting() {
		m.end(h, WentBack, Cause{Code: Stopped, Detail: "the collector ended before it was stored; offer it again"})
	}
	m.judge(s.lastEnd(b))
	if s.Under != b.Under {
		m.state.Starts = 0
	}
	m.state.BootID, m.state.Under, m.state.Clean, m.state.Due = b.ID, b.Under, false, false
	m.choose(runs)
	m.tell()
	m.step.Reload = false
	return m.done()
}

// lastEnd says how the process before ended.
func (s State) lastEnd(b Boot) Cause {
	switch {
	case s.Clean:
		return Cause{Code: Stopped, Detail: "the collector was stopped"}
	case s.BootID != b.ID:
		return Cause{Code: HostRestarted, Detail: "the host restarted"}
	case b.Ended.Code.Blocks():
		return b.Ended
	default:
		return Cause{Code: Crashed, Detail: "the collector ended without being stopped"}
	}
}

// judge holds the last end against what ran: the candidate before what it was
// to replace. One restart of the host is forgiven on probation, a second may
// be the configuration's doing.
func (m *move) judge(end Cause) {
	if m.state.Phase == Trial {
		m.block(m.state.Candidate, end)
		m.leave(end)
		return
	}
	switch {
	case end.Code == Stopped || m.state.Phase == Armed:
	case m.state.Phase == Stable && end.Code.Blocks():
		m.state.Starts++
	case m.state.Phase == Probation && end.Code == HostRestarted && m.state.Starts == 0:
		m.state.Starts++
	case m.state.Phase == Probation && end.Code == HostRestarted:
		m.drop(Cause{Code: Crashed, Detail: end.Detail + onProbation})
	case m.state.Phase == Probation:
		m.drop(Cause{Code: end.Code, Component: end.Component, Detail: end.Detail + onProbation})
	}
}

const onProbation = " while it was on probation"

// choose finds what runs.
func (m *move) choose(runs func(Run) error) {
	if m.state.Phase == Armed && m.tries(runs) {
		return
	}
	if m.state.Phase == Probation && m.keeps(runs) {
		return
	}
	for _, r := range m.state.ladder() {
		if m.asks(runs, r) == nil {
			m.state.Runs = r
			return
		}
	}
	m.state.Runs = Run{Source: SafeMode}
}

// tries begins the trial of what was armed when the process before ended.
func (m *move) tries(runs func(Run) error) bool {
	h := m.state.Candidate
	if err := m.asks(runs, Run{Candidate, h}); err != nil {
		c := CauseOf(err, Invalid)
		m.block(h, c)
		m.leave(c)
		return false
	}
	m.begin()
	return true
}

// keeps goes on with probation, which begins anew.
func (m *move) keeps(runs func(Run) error) bool {
	if err := m.asks(runs, Run{Confirmed, m.state.Confirmed}); err != nil {
		m.drop(CauseOf(err, Invalid))
		return false
	}
	m.state.Runs = Run{Confirmed, m.state.Confirmed}
	m.enter(Probation)
	return true
}

func (m *move) asks(runs func(Run) error, r Run) error {
	err := runs(r)
	if err != nil {
		m.step.Passed = append(m.step.Passed, Passed{r, err})
	}
	return err
}

// tell corrects what the server was last told about the confirmed
// configuration, if it no longer runs or runs again.
func (m *move) tell() {
	told := m.state.Last
	if m.state.Phase == Trial || m.state.Confirmed == "" || told.Hash != m.state.Confirmed {
		return
	}
	o := Offer{Generation: told.Generation, Nonce: told.Nonce, Hash: told.Hash}
	switch runs := m.state.Runs.Hash == told.Hash; {
	case runs && told.Status != Applied:
		m.say(o, Applied, Cause{})
	case !runs && told.Status != Failed:
		m.say(o, Failed, m.whyNot())
	}
}

// whyNot says why the confirmed configuration does not run.
func (m *move) whyNot() Cause {
	for _, p := range m.step.Passed {
		if p.Run.Hash == m.state.Confirmed {
			return CauseOf(p.Err, Invalid)
		}
	}
	return Cause{Code: Crashed, Detail: "it did not come up several times in a row"}
}
