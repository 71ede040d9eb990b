package remoteconfig

import (
	"errors"
	"fmt"
	"time"
)

// transition makes one transition durable.
func (l *Life) transition(next func(State, time.Time) (State, Step)) (Step, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.commit(next(l.state, l.now()))
}

// Start chooses what the process that has begun runs; see [State.Start]. It is
// called once, before anything else. The step is to be followed even with an
// error, which says that the choice could not be written: then nothing new is
// tried.
func (l *Life) Start(runs func(Run) error) (Step, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, step := l.state.Start(l.boot, runs, l.now())
	written, err := l.commit(s, step)
	if err == nil {
		return written, nil
	}
	if s.Phase == Trial {
		without, _ := l.state.Fail(s.Candidate, Cause{Code: Storage, Detail: err.Error()}, l.now())
		s, step = without.Start(l.boot, runs, l.now())
	}
	l.state = s
	return step, err
}

// Offer takes a server's offer; see [State.Offer].
func (l *Life) Offer(o Offer) (Step, error) {
	if !o.Hash.valid() {
		return Step{}, fmt.Errorf("%q is no hash of a configuration", o.Hash)
	}
	return l.transition(func(s State, at time.Time) (State, Step) { return s.Offer(o, at) })
}

// Check notes that what was offered may say what it says.
func (l *Life) Check(h Hash) (Step, error) {
	return l.transition(func(s State, at time.Time) (State, Step) { return s.Check(h, at) })
}

// Validate notes that this collector can run what was offered.
func (l *Life) Validate(h Hash) (Step, error) {
	return l.transition(func(s State, at time.Time) (State, Step) { return s.Validate(h, at) })
}

// Store makes an offered configuration durable and arms it; see [State.Store].
// One that cannot be written fails with [Storage], which is no error here.
func (l *Life) Store(content []byte) (Step, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, at := Sum(content), l.now()
	if m := l.state.move(at); m.pending(h) == nil {
		return l.commit(m.done())
	}
	if err := l.configs.put(content); err != nil {
		c := Cause{Code: Storage, Detail: fmt.Sprintf("store the configuration: %v", err)}
		return l.commit(l.state.Fail(h, c, at))
	}
	return l.commit(l.state.Store(h, at))
}

// Next says what the service that is about to start runs. The trial of what is
// armed begins here, and is durable before; with an error it does not begin,
// and the run is what ran before.
func (l *Life) Next() (Run, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.commit(l.state.Apply(l.state.Candidate, l.now()))
	return l.state.Runs, err
}

// Confirm ends a trial well; see [State.Confirm].
func (l *Life) Confirm(h Hash) (Step, error) {
	return l.transition(func(s State, at time.Time) (State, Step) { return s.Confirm(h, at) })
}

// Settle makes what is on probation the last good one; see [State.Settle].
func (l *Life) Settle(h Hash) (Step, error) {
	return l.transition(func(s State, at time.Time) (State, Step) { return s.Settle(h, at) })
}

// Fail gives a configuration up; see [State.Fail].
func (l *Life) Fail(h Hash, c Cause) (Step, error) {
	return l.transition(func(s State, at time.Time) (State, Step) { return s.Fail(h, c, at) })
}

// Release lets a blocked configuration be tried again.
func (l *Life) Release(h Hash) (Step, error) {
	return l.transition(func(s State, at time.Time) (State, Step) { return s.Release(h, at) })
}

// Up notes that what should run has come up; see [State.Up].
func (l *Life) Up() (Step, error) {
	return l.transition(func(s State, at time.Time) (State, Step) { return s.Up(at) })
}

// Stop notes that the process is stopped in order and closes the directory.
func (l *Life) Stop() error {
	_, err := l.transition(func(s State, at time.Time) (State, Step) { return s.Stop(at) })
	return errors.Join(err, l.Close())
}
