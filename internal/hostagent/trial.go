package hostagent

import (
	"time"

	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/dataflow"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// trial is that of what runs: it begins when everything has started.
type trial struct {
	hash   remoteconfig.Hash
	expect dataflow.Expectation
	base   dataflow.Counts
	min    time.Duration
	begun  time.Time
	proof  *dataflow.Proof
}

// await expects a trial of what runs, which took the place of before.
func (a *Agent) await(before *plan) {
	p := a.serving.runs
	if back := a.plans[name(a.life.State().Back)]; back != nil {
		before = back
	}
	var was map[string]any
	if before != nil {
		was = before.effective.Config
	}
	a.trial = &trial{
		hash: p.run.Hash, expect: dataflow.Expect(p.effective.Config, was),
		base: a.serving.base, min: a.file.MinHealthyTime,
	}
}

func (t *trial) begin(at time.Time) {
	if t != nil {
		t.begun, t.proof = at, dataflow.Begin(t.expect, t.base, t.min, at)
	}
}

// due is when the trial is to be looked at though nothing happened; zero: never.
func (t *trial) due(now time.Time) time.Time {
	switch {
	case t == nil || t.proof == nil:
		return time.Time{}
	case now.Before(t.begun.Add(t.min)):
		return t.begun.Add(t.min)
	case now.Before(t.proof.Deadline()):
		return t.proof.Deadline()
	default:
		return now.Add(spacing) // its end could not be written
	}
}

// judge ends the trial if enough was seen, or if its time is over.
func (a *Agent) judge(now time.Time) {
	t, health := a.trial, a.serving.health
	if t == nil || t.proof == nil {
		return
	}
	t.proof.Observe(a.meter.Counts())
	verdict := t.proof.Verdict(health.OK, now)
	if !verdict.Decided {
		return
	}
	if verdict.Cause.Code == "" {
		a.take(a.life.Confirm(t.hash))
		return
	}
	a.take(a.life.Fail(t.hash, withComponent(verdict.Cause, health)))
}

// withComponent names the component that is not well if nothing else is wrong.
func withComponent(c remoteconfig.Cause, h Health) remoteconfig.Cause {
	if c.Code == remoteconfig.Unhealthy && c.Component == "" && !h.OK && h.Component != "" {
		c.Component, c.Detail = h.Component, h.Detail
	}
	return c
}

// Health takes the state of the collector in, at each change. If it ends because
// of a component, the reason is written down before the call returns.
func (a *Agent) Health(h Health) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return
	}
	s := &a.serving
	s.health = h
	switch cause := (remoteconfig.Cause{Code: remoteconfig.Unhealthy, Component: h.Component, Detail: h.Detail}); {
	case !s.up && h.Permanent:
		cause.Code = remoteconfig.FailedToStart // if it goes on, Ready takes the note back
		a.leave(cause)
	case h.Fatal:
		a.leave(cause)
	}
	s.fatal = s.fatal || h.Fatal
	a.nudge()
}

// leave notes why the process is about to end.
func (a *Agent) leave(c remoteconfig.Cause) {
	if err := a.note.write(c); err != nil {
		a.log.Warn("the reason why the collector ends is not kept for its next start", zap.Error(err), zap.String("reason", c.Error()))
	}
}

// settle ends probation well when its time is over.
func (a *Agent) settle(now time.Time) {
	if !a.probation.IsZero() && !now.Before(a.probation.Add(remoteconfig.SettleAfter)) {
		step, err := a.life.Settle(a.confirmed)
		if err != nil {
			a.probation = a.probation.Add(time.Minute)
		}
		a.take(step, err)
	}
}
