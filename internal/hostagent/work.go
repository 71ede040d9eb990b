package hostagent

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// idle is how long nothing need be looked at if nothing happens.
const idle = time.Hour

// work carries out what follows from what happened, until the context ends.
func (a *Agent) work(ctx context.Context) {
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-a.inbox:
			a.offered(o)
		case <-a.meter.Changed():
		case <-a.wake:
		case <-timer.C:
		}
		timer.Reset(a.round())
	}
}

// round does everything that is due, and returns when to look again.
func (a *Agent) round() time.Duration {
	now := time.Now()
	a.look(now)
	a.endReveal(now)
	a.carryOut(now)
	a.deliver()
	return a.due(time.Now())
}

func (a *Agent) look(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.judge(now)
	a.settle(now)
}

// due is how long until something is to be looked at.
func (a *Agent) due(now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	next := idle
	soonest := func(at time.Time) {
		if !at.IsZero() {
			next = max(time.Millisecond, min(next, at.Sub(now)))
		}
	}
	soonest(a.trial.due(now))
	soonest(a.reveal.until)
	if !a.probation.IsZero() {
		soonest(a.probation.Add(remoteconfig.SettleAfter))
	}
	if a.isDue(a.life.State()) {
		soonest(a.serving.notBefore)
	}
	return next
}

// nudge has the work looked at.
func (a *Agent) nudge() {
	select {
	case a.wake <- struct{}{}:
	default: // it is about to be
	}
}

// take follows a step, or says why the state could not be written: then nothing
// has changed, and what was due still is.
func (a *Agent) take(step remoteconfig.Step, err error) {
	if err != nil {
		a.log.Error("the state of the remote configuration cannot be written", zap.Error(err))
		return
	}
	a.follow(step)
}

// follow notes what a transition asks for. That a reload is due stands in the
// state.
func (a *Agent) follow(step remoteconfig.Step) {
	for _, answer := range step.Answers {
		a.said(answer)
		a.out.answer(answer)
	}
	a.out.news = true
	state := a.life.State()
	if state.Phase != remoteconfig.Trial || a.trial != nil && a.trial.hash != state.Candidate {
		a.trial = nil
	}
	a.timeProbation(state)
	a.plans.keep(state.Runs, state.Back, remoteconfig.Run{Hash: state.Candidate})
	a.nudge()
}

// timeProbation begins the time of probation anew whenever something comes on
// it.
func (a *Agent) timeProbation(s remoteconfig.State) {
	switch {
	case s.Phase != remoteconfig.Probation:
		a.probation, a.confirmed = time.Time{}, ""
	case a.probation.IsZero() || a.confirmed != s.Confirmed:
		a.probation, a.confirmed = time.Now(), s.Confirmed
	}
}

// said puts an answer into the log.
func (a *Agent) said(answer remoteconfig.Answer) {
	about := []zap.Field{zap.String("configuration", answer.Hash.Short()), zap.Uint64("generation", answer.Generation)}
	if answer.Status == remoteconfig.Failed {
		a.log.Warn("a remote configuration is not applied: "+answer.Cause.Error(), about...)
		return
	}
	a.log.Info("a remote configuration is "+string(answer.Status), about...)
}

// outbox is what the service is still to be told.
type outbox struct {
	answers []remoteconfig.Answer
	news    bool
}

// maxAnswers bounds what waits for a service. Only the latest matters to a
// server, which is told the newest one when it connects.
const maxAnswers = 64

func (o *outbox) answer(a remoteconfig.Answer) {
	o.answers = append(o.answers, a)
	if len(o.answers) > maxAnswers {
		o.answers = o.answers[1:]
	}
}

// deliver tells the service what there is to tell.
func (a *Agent) deliver() {
	a.changes.Lock()
	defer a.changes.Unlock()
	a.mu.Lock()
	service, out := a.service, a.out
	a.out = outbox{}
	a.mu.Unlock()
	if service == nil {
		return
	}
	for _, answer := range out.answers {
		service.Answered(answer)
	}
	if out.news {
		service.Reported()
	}
}
