package processtest

// account is what is known of a process.
type account struct {
	start  int64
	name   string
	missed int                // scrapes without it
	ref    map[string]float64 // the last values of its counters
}

// startOf returns the start that the first counter of a process has, or 0.
func startOf(list []Sample) int64 {
	for _, s := range list {
		if s.Monotonic {
			return s.Start
		}
	}
	return 0
}

// goesOn tells whether samples are of the same process, which then has the
// earlier of two starts. A scraper that cannot read a start says now.
func (p *account) goesOn(start int64, list []Sample) bool {
	if p.start == start {
		return true
	}
	if p.name != list[0].Name || p.anyFell(list) {
		return false
	}
	p.start = min(p.start, start)
	return true
}

func (p *account) anyFell(list []Sample) bool {
	for _, s := range list {
		if ref, ok := p.ref[s.Metric+s.Attrs]; ok && s.Monotonic && s.Value < ref {
			return true
		}
	}
	return false
}

// delta returns by how much a counter grew. What one has at its first sample
// counts if the process was born since the scrape before; a fall by less than a
// hundredth is a dip, one by more a reset.
func (p *account) delta(s Sample, born bool) (delta float64) {
	key := s.Metric + s.Attrs
	ref, known := p.ref[key]
	switch {
	case !known && born:
		delta = s.Value
	case !known:
	case s.Value >= ref:
		delta = s.Value - ref
	case ref-s.Value <= 0.01*ref:
		s.Value = ref
	default:
		delta = s.Value
	}
	p.ref[key] = s.Value
	return delta
}
