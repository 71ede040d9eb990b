package grade

// grain is by how much the kernel's accounts of one process may differ, in
// seconds: the scraper reads ticks of 10 ms for user and for system time, the
// truth has microseconds.
const grain = 0.02

// account is what samples attribute to one series of samples.
type account struct {
	begun    bool
	last     float64
	gathered float64
}

// add takes the next sample. fresh says that everything it shows was used
// since the observation began.
func (a *account) add(value float64, fresh bool) {
	switch {
	case !a.begun && fresh, a.begun && value < a.last: // a counter that falls begins anew
		a.gathered += value
	case a.begun:
		a.gathered += value - a.last
	}
	a.begun, a.last = true, value
}

// bounded divides what was gathered into what a process can have used, in
// seconds, and the rest.
func (a *account) bounded(used float64) (named, excess float64) {
	if a.gathered <= used+grain {
		return a.gathered, 0
	}
	return used, a.gathered - used
}

// attribute goes through all samples in order of time.
func (g *grading) attribute(o *Observation) {
	others := map[identity]*account{}
	for i := range o.Samples {
		s := &o.Samples[i]
		if s.PID == 0 {
			if others[s.identity()] == nil {
				others[s.identity()] = &account{}
			}
			others[s.identity()].take(s, false)
			continue
		}
		life := g.lives.find(s)
		if life == nil {
			continue // of somebody else
		}
		if g.named[life] == nil {
			g.named[life] = &account{}
		}
		g.named[life].take(s, s.started() && !s.Start.Before(g.report.From))
	}
	for _, a := range others {
		g.report.CPU.Other += a.gathered
	}
}

func (a *account) take(s *Sample, fresh bool) {
	if s.HasCPU {
		a.add(s.CPU, fresh)
	}
}
