package loadsim

import "time"

// CPU is the share of a core that a load uses on average.
func (l Load) CPU() float64 {
	round := l.round()
	if round == 0 {
		return l.first().CPU
	}
	return float64(l.CPUTime(round)) / float64(round)
}

// PeakMemory is the most bytes that a load holds at once.
func (l Load) PeakMemory() int64 {
	var most int64
	for _, s := range l {
		most = max(most, s.Memory)
	}
	return most
}

// CPUTime is what a load uses in the first part of its process's life, if it
// gets all that it asks for.
func (l Load) CPUTime(life time.Duration) time.Duration {
	round := l.round()
	if round == 0 {
		return share(life, l.first().CPU)
	}
	return time.Duration(life/round)*l.begin(round) + l.begin(life%round)
}

// Scale returns the load with every share of a core multiplied.
func (l Load) Scale(factor float64) Load {
	scaled := make(Load, len(l))
	for i, s := range l {
		s.CPU *= factor
		scaled[i] = s
	}
	return scaled
}

// round is how long all the steps take once; 0: the first lasts for ever.
func (l Load) round() (d time.Duration) {
	for _, s := range l {
		d += s.For
	}
	return d
}

// begin is the CPU time of the beginning of one round.
func (l Load) begin(d time.Duration) (used time.Duration) {
	for _, s := range l {
		part := min(d, s.For)
		used += share(part, s.CPU)
		d -= part
	}
	return used
}

func (l Load) first() Step {
	if len(l) == 0 {
		return Step{}
	}
	return l[0]
}

func share(d time.Duration, of float64) time.Duration {
	return time.Duration(float64(d) * of)
}
