package loadsim

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Settings says what to carry out, and with what.
type Settings struct {
	Plan   Plan
	Limits Limits
	// Spawner is closed by Run.
	Spawner Spawner
	// Observers hear what happens.
	Observers []Observer
	// CPUTime reads what a living process has used so far, for the progress.
	// nil: what processes use is known when they have ended.
	CPUTime func(pid int) (time.Duration, error)
}

// Run carries out a plan until its end or ctx's, and leaves no process behind.
// A plan that does not fit its limits is refused before the first one. An error
// says that the run could not go on; what it did until then is in the summary.
func Run(ctx context.Context, s Settings) (Summary, error) {
	if err := s.Limits.Check(s.Plan); err != nil {
		return Summary{}, errors.Join(err, s.Spawner.Close())
	}
	r := &run{Settings: s, all: newPopulation(s)}
	var followed, reported sync.WaitGroup
	followed.Go(func() { r.all.follow(s.Spawner.Events()) })
	during, stop := context.WithCancel(ctx)
	reported.Go(func() { r.all.report(during, s.Plan.Duration) })
	err := r.schedule(ctx)
	took := time.Since(r.all.started)
	stop()
	reported.Wait()
	err = errors.Join(err, s.Spawner.Close())
	followed.Wait()
	return r.summary(took, ctx.Err() != nil), err
}

// run is a plan that is being carried out.
type run struct {
	Settings
	all     *population
	pull    func() (Birth, bool)
	planned *Birth        // the next of the plan; nil: not pulled, or none left
	pace    time.Duration // before this no birth may be asked for
	late    time.Duration // of the latest
	asked   int           // processes that were due
	later   int           // of these after the first moment
}

func (r *run) summary(took time.Duration, interrupted bool) Summary {
	s := r.all.sum
	s.Took, s.Interrupted, s.Late = took, interrupted, r.late
	s.Processes = Comparison{float64(r.asked), float64(r.all.progress.Born)}
	if seconds := took.Seconds(); seconds > 0 {
		s.BirthRate = Comparison{float64(r.later) / seconds, float64(r.all.later) / seconds}
	}
	return s
}
