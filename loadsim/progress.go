package loadsim

import (
	"context"
	"time"
)

// progressEvery is how often observers hear of a run's state.
const progressEvery = time.Second

// report tells the observers of the state until ctx is done.
func (p *population) report(ctx context.Context, duration time.Duration) {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.tick(duration)
		}
	}
}

func (p *population) tick(duration time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	since := now.Sub(p.ticked).Seconds()
	before := p.progress
	p.progress.Elapsed = now.Sub(p.started)
	p.progress.Left = max(0, duration-p.progress.Elapsed)
	used := p.used()
	if since > 0 {
		p.progress.BirthRate = float64(before.Born-p.reported) / since
		p.progress.CPUAchieved = max(0, (used-p.sampled).Seconds()) / since
	}
	p.ticked, p.sampled, p.reported = now, used, p.progress.Born
	for _, o := range p.observers {
		o.Progress(p.progress)
	}
}

// used is the CPU time of all that live or lived. Only those are read that
// have a load: sleeping ones use none that matters.
func (p *population) used() time.Duration {
	total := p.usedBy
	for _, m := range p.lives {
		if p.cpuTime != nil && !m.Born.IsZero() && m.Process.Load.CPU() > 0 {
			if used, err := p.cpuTime(m.PID); err == nil { // else it has just ended
				m.used = max(m.used, used)
			}
		}
		total += m.used
	}
	return total
}
