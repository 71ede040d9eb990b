package worker

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/profile"
)

// Settings says whom to ask and what to do with the answer.
type Settings struct {
	// Server is its base URL: https, or http on a loopback address.
	Server string
	// Token is sent with every request; empty: none.
	Token string
	// Host is the name of this host at the server.
	Host string
	// Client makes the requests; nil: one that follows no redirects.
	Client *http.Client
	// Simulate carries out a plan, within the limits of the host's owner. What
	// Check says of a plan is why it is refused.
	Simulate func(context.Context, loadsim.Plan, loadsim.Observer) (loadsim.Summary, error)
	Check    func(loadsim.Plan) error
	Log      *slog.Logger
}

// leastPause is from one question for work to the next.
const leastPause = time.Second

// Run takes simulations until ctx is done. A server that cannot be reached is
// asked again, ever more seldom, up to twice a minute.
func Run(ctx context.Context, s Settings) error {
	c, err := newClient(s)
	if err != nil {
		return err
	}
	defer c.http.CloseIdleConnections()
	w := &worker{Settings: s, client: c}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = time.Second, 30*time.Second
	for ctx.Err() == nil {
		asked := time.Now()
		a, err := c.assignment(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			s.Log.Warn("no answer", "error", err)
			sleep(ctx, pause.NextBackOff())
			continue
		case a != nil:
			w.work(ctx, a)
		}
		pause.Reset()
		sleep(ctx, time.Until(asked.Add(leastPause))) // a server need not hold the question
	}
	return nil
}

// worker works at one assignment at a time.
type worker struct {
	Settings
	client *client
}

// work carries an assignment out, and tells how it ended.
func (w *worker) work(ctx context.Context, a *Assignment) {
	log := w.Log.With("assignment", a.ID, "profile", a.Profile)
	end := w.simulate(ctx, a, log)
	log.Info("ended", "state", end.State, "message", end.Message)
	// The worker's own end must not keep it from saying how this one ended.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if _, err := w.client.tell(last, a.ID, end); err != nil {
		log.Warn("the server does not know how it ended", "error", err)
	}
}

// simulate returns the last status.
func (w *worker) simulate(ctx context.Context, a *Assignment, log *slog.Logger) Status {
	plan, err := a.plan()
	if err == nil {
		err = w.Check(plan)
	}
	if err != nil {
		return Status{State: Refused, Message: err.Error()}
	}
	log.Info("begins", "duration", plan.Duration)
	running, stop := context.WithCancel(ctx)
	r := newReporter(w.client, a.ID, stop, log)
	r.start(running)
	sum, err := w.Simulate(running, plan, r)
	stop()
	r.wait()
	end := Status{State: Completed, Summary: &sum}
	switch {
	case err != nil:
		end.State, end.Message = Failed, err.Error()
	case sum.Interrupted:
		end.State = Stopped
	}
	return end
}

// plan makes the plan that is asked for.
func (a *Assignment) plan() (loadsim.Plan, error) {
	seconds := a.DurationSeconds
	if !(seconds >= 0 && seconds < float64(math.MaxInt64)/float64(time.Second)) {
		return loadsim.Plan{}, fmt.Errorf("duration_seconds: %v; give more than 0", seconds)
	}
	p := profile.Parameters{
		Profile: a.Profile, Duration: time.Duration(seconds * float64(time.Second)),
		ProcessCount: a.ProcessCount, ChurnRate: a.ChurnRate, Seed: a.Seed,
	}
	if a.CustomProfile != "" {
		file, err := profile.Parse([]byte(a.CustomProfile))
		if err != nil {
			return loadsim.Plan{}, fmt.Errorf("custom_profile: %w", err)
		}
		p.File = file
	}
	return profile.New(p)
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
