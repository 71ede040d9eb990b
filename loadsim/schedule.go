package loadsim

import (
	"context"
	"fmt"
	"iter"
	"time"
)

// schedule asks for every birth at its time, and returns at the end.
func (r *run) schedule(ctx context.Context) error {
	ctx, cancel := context.WithDeadline(ctx, r.all.started.Add(r.Plan.Duration))
	defer cancel()
	pull, stop := iter.Pull(r.Plan.Births)
	defer stop()
	r.pull = pull
	for ctx.Err() == nil {
		b, ok := r.next()
		if wait := r.wait(b, ok); wait > 0 || !ok {
			r.pause(ctx, wait)
			continue
		}
		if err := r.bear(ctx, b); err != nil && ctx.Err() == nil {
			return fmt.Errorf("make process %d (%s): %w", b.Process.ID, b.Process.Path, err)
		}
	}
	r.missed()
	return nil
}

// attempt is a birth that is to be asked for at a time: that of the plan, or
// later if it failed before.
type attempt struct {
	Birth
	when   time.Duration
	number int // from 1
}

// next is what is due first; ok is false if nothing is left.
func (r *run) next() (a attempt, ok bool) {
	if r.planned == nil {
		r.advance()
	}
	again, ok := r.all.nextRetry()
	if ok && (r.planned == nil || again.when < r.planned.At) {
		return again, true
	}
	if r.planned == nil {
		return attempt{}, false
	}
	return attempt{Birth: *r.planned, when: r.planned.At, number: 1}, true
}

// advance pulls the next birth of the plan, if there is one.
func (r *run) advance() {
	r.planned = nil
	if b, ok := r.pull(); ok {
		r.planned = &b
	}
}

// wait is for how long a birth cannot be asked for: it is not due, there are
// too many processes, or too many were asked for in the last moment.
func (r *run) wait(a attempt, ok bool) time.Duration {
	elapsed := time.Since(r.all.started)
	switch {
	case !ok, elapsed >= r.Plan.Duration:
		return max(1, r.Plan.Duration-elapsed) // the end comes
	case a.when > elapsed:
		return a.when - elapsed
	case r.all.size()+family(a.Birth) > r.Limits.Processes:
		return r.Plan.Duration - elapsed // somebody has to end first
	}
	return r.pace - elapsed
}

// pause waits, unless something happens.
func (r *run) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-r.all.changed:
	}
}

// burst is how much of a second's births may come at once.
const burst = 50 * time.Millisecond

// bear asks for a birth that is due.
func (r *run) bear(ctx context.Context, a attempt) error {
	elapsed := time.Since(r.all.started)
	cost := time.Duration(family(a.Birth)) * time.Second / time.Duration(r.Limits.Births)
	r.pace = max(r.pace, elapsed-burst) + cost
	if a.number > 1 {
		r.all.dropRetry(a.Process.ID)
	} else {
		r.late = max(r.late, elapsed-a.At)
		r.due(a.Birth)
		r.advance()
	}
	r.all.ask(a)
	return r.Spawner.Spawn(ctx, a.Process)
}

// due counts a birth whose time has come.
func (r *run) due(b Birth) {
	r.asked += family(b)
	if b.At > 0 {
		r.later += family(b)
	}
}

// missed counts what was due and was not asked for any more.
func (r *run) missed() {
	elapsed := min(time.Since(r.all.started), r.Plan.Duration)
	for r.planned != nil && r.planned.At < elapsed {
		r.due(*r.planned)
		r.advance()
	}
}

// family is how many processes a birth makes.
func family(b Birth) (n int) {
	for range b.Process.All() {
		n++
	}
	return n
}
