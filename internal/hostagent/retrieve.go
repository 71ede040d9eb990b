package hostagent

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// Retrieve returns the configuration that the collector's next service runs: at
// its start, and when it reloads because it was asked to or got a signal. The
// agent calls changed when it wants another one run, but not before [Agent.Ready].
// The caller must not change what it gets.
func (a *Agent) Retrieve(ctx context.Context, changed func()) (map[string]any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, err := a.next(ctx)
	if err != nil {
		return nil, err
	}
	a.serve(p, changed)
	a.nudge()
	return p.effective.Config, nil
}

// next finds what runs next.
func (a *Agent) next(ctx context.Context) (*plan, error) {
	if !a.serving.begun {
		return a.start(ctx)
	}
	if !a.serving.leaving {
		a.ownerAsks(ctx)
	}
	run, err := a.life.Next()
	if err != nil {
		a.log.Error("the state of the remote configuration cannot be written; nothing new is tried", zap.Error(err))
		a.serving.notBefore = time.Now().Add(unwritable)
	}
	p, err := a.plan(run)
	if err != nil {
		return nil, fmt.Errorf("put %s together: %w", said(run), err)
	}
	return p, nil
}

// start chooses what the process runs first.
func (a *Agent) start(ctx context.Context) (*plan, error) {
	a.endedByRestart()
	o, problem := readOwner(a.file)
	a.owner = o
	step, err := a.life.Start(func(run remoteconfig.Run) error {
		if problem != nil {
			return problem
		}
		p, err := a.try(ctx, run, o)
		if err == nil {
			a.plans[name(run)] = p
		}
		return err
	})
	if err != nil {
		a.log.Error("the state of the remote configuration cannot be written; what ran before runs, and nothing new is tried", zap.Error(err))
	}
	for _, passed := range step.Passed {
		a.problem(fmt.Sprintf("%s cannot run: %v", said(passed.Run), passed.Err))
	}
	a.follow(step)
	a.log.Info("the collector runs " + said(step.Run))
	return a.plan(step.Run)
}

// ownerAsks takes the owner's files in anew, for a reload that the owner asked
// for. If the collector could not run with them, the old ones go on.
func (a *Agent) ownerAsks(ctx context.Context) {
	o, err := readOwner(a.file)
	if err == nil {
		_, err = a.try(ctx, a.wanted(a.life.State()), o)
	}
	if err != nil {
		a.problem(fmt.Sprintf("what config_files say now cannot run, and what they said before goes on: %v", err))
		return
	}
	a.owner = o
	clear(a.plans)
}

// serve notes that a service begins to run a plan.
func (a *Agent) serve(p *plan, changed func()) {
	s := &a.serving
	before := s.runs
	*s = serving{
		begun: true, changed: changed, runs: p, base: a.meter.Counts(), services: s.services + 1,
		notBefore: s.notBefore, watchdog: s.watchdog, fatal: s.fatal, leaving: s.leaving,
	}
	a.forgetReveal()
	a.trial = nil
	if a.life.State().Phase == remoteconfig.Trial {
		a.await(before)
		a.leave(remoteconfig.Cause{Code: remoteconfig.FailedToStart, Detail: "the collector ended before everything had started; its log says why"})
	}
	if s.leaving || a.trial != nil {
		a.watch("the new service was not up")
	}
	s.leaving = false
}

// Ready says that every component has started.
func (a *Agent) Ready() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unwatch()
	a.note.remove()
	a.serving.up = true
	step, err := a.life.Up()
	if err != nil {
		a.log.Error("note that the service is up", zap.Error(err))
	}
	a.follow(step)
	a.trial.begin(time.Now())
}

// Attach makes a service the one that is changed and told answers, until detach
// is called, which waits for what it is being told.
func (a *Agent) Attach(s Service) (detach func()) {
	a.attach(s)
	return func() { a.attach(nil) }
}

func (a *Agent) attach(s Service) {
	a.changes.Lock()
	defer a.changes.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.service = s
	a.nudge()
}

// problem notes what people should know.
func (a *Agent) problem(text string) {
	a.log.Error(text)
	a.problems = append(a.problems, text)
	if len(a.problems) > maxProblems {
		a.problems = a.problems[1:]
	}
}

// maxProblems bounds what is remembered of problems.
const maxProblems = 20

// unwritable is how long nothing is tried after the state could not be written.
const unwritable = 10 * time.Minute
