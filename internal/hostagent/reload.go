package hostagent

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/ownership"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

const (
	// spacing is the time between two reloads: each is a gap in what is measured.
	spacing = 5 * time.Second
	// changeTime is how long components may take to prepare a change.
	changeTime = 10 * time.Second
)

// wanted is what is to run: what is armed, or else what the state says.
func (a *Agent) wanted(s remoteconfig.State) remoteconfig.Run {
	if s.Phase == remoteconfig.Armed {
		return remoteconfig.Run{Source: remoteconfig.Candidate, Hash: s.Candidate}
	}
	return s.Runs
}

// carryOut brings the service to run what is wanted, if it does not: by changing
// its components while they run, or else by a reload.
func (a *Agent) carryOut(now time.Time) {
	a.changes.Lock()
	defer a.changes.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	s, state := &a.serving, a.life.State()
	if !a.isDue(state) || now.Before(s.notBefore) {
		return
	}
	p, err := a.plan(a.wanted(state))
	if err != nil {
		a.problem(fmt.Sprintf("put %s together: %v", said(a.wanted(state)), err))
		a.reload(a.wanted(state), nil, now) // its start finds what else runs
		return
	}
	change := ownership.Live(a.running().Config, p.effective.Config)
	if change.IsLive() && a.service != nil && !s.refused {
		a.change(p, change.Settings)
		return
	}
	a.reload(p.run, change.Restarts, now)
}

// isDue reports whether the service is up and something else is to run.
func (a *Agent) isDue(state remoteconfig.State) bool {
	s := &a.serving
	return s.up && !s.leaving && (state.Phase == remoteconfig.Armed || state.Due || s.refused)
}

// reload asks the collector for a reload.
func (a *Agent) reload(run remoteconfig.Run, pipelines []string, now time.Time) {
	a.log.Info("the collector reloads, to run "+said(run), zap.String("pipelines", strings.Join(pipelines, ", ")))
	a.serving.leaving = true
	a.serving.notBefore = now.Add(spacing)
	a.watch("the new service was not up")
	go a.serving.changed() // it waits while the collector is busy
}

// change hands the components that differ their new configuration. If one
// refuses, all is as before, and the collector reloads instead.
func (a *Agent) change(p *plan, settings []ownership.Setting) {
	base := a.meter.Counts()
	if _, err := a.life.Next(); err != nil {
		a.log.Error("the state of the remote configuration cannot be written; nothing new is tried", zap.Error(err))
		a.serving.notBefore = time.Now().Add(unwritable)
		return
	}
	if err, same := a.ask(settings); !same {
		return // it was reloaded meanwhile, and runs the plan
	} else if err != nil {
		a.log.Warn("what runs cannot be changed, and the collector reloads instead", zap.Error(err))
		a.serving.refused = true
		a.nudge()
		return
	}
	a.log.Info("the collector changed to run "+said(p.run)+", without a reload", zap.Strings("components", ids(settings)))
	before := a.serving.runs
	a.serving.runs, a.serving.base = p, base
	a.forgetReveal()
	step, err := a.life.Up()
	a.take(step, err)
	if a.life.State().Phase == remoteconfig.Trial {
		a.await(before)
		a.trial.begin(time.Now())
	}
	a.nudge()
}

// ask has the service change, without holding mu. Same says that it is still the
// one that was asked.
func (a *Agent) ask(settings []ownership.Setting) (err error, same bool) {
	service, served := a.service, a.serving.services
	a.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), changeTime)
	err = service.Change(ctx, settings)
	cancel()
	a.mu.Lock()
	return err, a.serving.services == served && !a.serving.leaving
}

// running is what runs now: what was planned, or a reveal of it.
func (a *Agent) running() *ownership.Effective {
	if a.reveal.effective != nil {
		return a.reveal.effective
	}
	return a.serving.runs.effective
}

func ids(settings []ownership.Setting) (ids []string) {
	for _, s := range settings {
		ids = append(ids, s.ID)
	}
	return ids
}
