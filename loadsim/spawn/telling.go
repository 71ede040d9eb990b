package spawn

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
)

var (
	errParentFailed = errors.New("the process that was to be its parent could not be born")
	errParentEnded  = errors.New("the process that was to be its parent ended before")
	errNoMemory     = errors.New("it could not reserve the memory that its load asks for: see ulimit -v and vm.overcommit_memory")
	errLost         = errors.New("what became of it is unknown: the zygote, which would have told, is gone")
)

// enter takes a record into the account and returns what it tells.
func (a *account) enter(r record) []loadsim.Event {
	switch r.Kind {
	case recordCloned, recordRuns:
		return a.arrived(r)
	case recordExited:
		return a.exited(r)
	case recordFailed:
		return a.failed(r)
	case recordPeak:
		if l := a.byID[r.ID]; l != nil {
			l.peak = r.Peak << 10
		}
	}
	return nil
}

// arrived takes one of the two records of a birth, of which either may come first.
func (a *account) arrived(r record) []loadsim.Event {
	l := a.byID[r.ID]
	if l == nil {
		return nil
	}
	l.pid = int(r.PID)
	a.byPID[l.pid] = l
	if r.Kind == recordRuns {
		l.ran = r.at()
	} else {
		l.cloned, l.parent = r.at(), int(r.Teller)
	}
	if !l.born() {
		return nil
	}
	return []loadsim.Event{a.birth(l)}
}

func (l *life) born() bool { return !l.ran.IsZero() && !l.cloned.IsZero() }

// birth tells of a life what is known of its beginning: of one that was killed
// in its first moment, or whose parent was, not everything is.
func (a *account) birth(l *life) loadsim.Event {
	parent, at := l.parent, l.cloned
	if l.detached {
		parent = a.zygote
	}
	if at.IsZero() {
		at = l.ran
	}
	return loadsim.Event{Kind: loadsim.Born, ID: l.id, PID: l.pid, Parent: parent, At: at}
}

func (a *account) failed(r record) []loadsim.Event {
	l := a.byID[r.ID]
	if l == nil {
		return nil
	}
	e := loadsim.Event{Kind: loadsim.Failed, ID: l.id, At: r.at(), Err: r.failure()}
	a.close(l)
	return append([]loadsim.Event{e}, a.unborn(l, r, errParentFailed)...)
}

// exited tells of an end. Of a PID that nobody was born under it was the first
// half of a double fork.
func (a *account) exited(r record) []loadsim.Event {
	if reaper := a.byPID[int(r.Teller)]; reaper != nil {
		reaper.waited = true
		reaper.reaped.User += r.used().User
		reaper.reaped.System += r.used().System
	}
	l := a.byPID[int(r.PID)]
	if l == nil {
		return nil
	}
	var events []loadsim.Event
	if !l.born() {
		events = append(events, a.birth(l))
	}
	e := loadsim.Event{Kind: loadsim.Exited, ID: l.id, PID: l.pid, At: r.at(), Used: l.used(r), Status: int(r.Status)}
	if r.Status == noMemory {
		e.Err = errNoMemory
	}
	a.close(l)
	return append(append(events, e), a.unborn(l, r, errParentEnded)...)
}

// used takes what the kernel counted of others out of what it counted.
func (l *life) used(r record) loadsim.Usage {
	u := r.used()
	u.User = max(0, u.User-l.reaped.User)
	u.System = max(0, u.System-l.reaped.System)
	if l.waited {
		u.PeakMemory = l.peak
	}
	return u
}

// unborn tells of the descendants that can no longer be born.
func (a *account) unborn(of *life, r record, why error) []loadsim.Event {
	var events []loadsim.Event
	for _, id := range of.children {
		l := a.byID[id]
		if l == nil || l.pid != 0 {
			continue
		}
		a.close(l)
		events = append(events, loadsim.Event{Kind: loadsim.Failed, ID: id, At: r.at(), Err: why})
		events = append(events, a.unborn(l, r, why)...)
	}
	return events
}

// lose ends the account of a run whose zygote is gone: it tells of those whose
// end nobody will tell.
func (a *account) lose(at time.Time) []loadsim.Event {
	var events []loadsim.Event
	for _, l := range a.byID {
		kind := loadsim.Exited
		if l.pid == 0 {
			kind = loadsim.Failed
		}
		events = append(events, loadsim.Event{Kind: kind, ID: l.id, PID: l.pid, At: at, Err: errLost})
		a.close(l)
	}
	slices.SortFunc(events, func(x, y loadsim.Event) int { return cmp.Compare(x.ID, y.ID) })
	return events
}

// refusals are the events of a process, with its descendants, that was not even
// asked for.
func refusals(p loadsim.Process, at time.Time, why error) []loadsim.Event {
	var events []loadsim.Event
	for _, l := range family(nil, p) {
		events = append(events, loadsim.Event{Kind: loadsim.Failed, ID: l.id, At: at, Err: why})
	}
	return events
}
