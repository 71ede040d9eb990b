package profile

import (
	"math/rand/v2"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// process makes one process of a kind, with its children.
func (k *Kind) process(number, parent int, r *rand.Rand) loadsim.Process {
	n := names{number: number, parent: parent, rand: r}
	p := loadsim.Process{
		Path:     n.fill(k.Path),
		Lifetime: k.Lifetime.draw(r),
		Load:     k.load(r),
		Critical: k.Critical,
		Session:  k.Session,
		Detach:   k.Detach,
	}
	p.Args = []string{"/" + p.Path}
	if len(k.Args) > 0 {
		p.Args = make([]string, len(k.Args))
		for i, a := range k.Args {
			p.Args[i] = n.fill(a)
		}
	}
	for i := range k.Children {
		child := &k.Children[i]
		for c := range max(1, child.Count) {
			p.Children = append(p.Children, child.process(c+1, number, r))
		}
	}
	return p
}

// draw is the lifetime of one process; 0 is until the end of the run.
func (l Lifetime) draw(r *rand.Rand) time.Duration {
	low, high := time.Duration(l.Min), time.Duration(l.Max)
	switch {
	case high == 0 || low == high:
		return high
	case low == 0: // Max alone
		return high
	case l.Distribution == Exponential:
		// A fifth of the range on average; who would live longer is drawn anew.
		return low + time.Duration(truncated(r)*float64(high-low))
	}
	return low + time.Duration(r.Int64N(int64(high-low)+1))
}

// truncated is exponential with a mean of about a fifth, and at most 1.
func truncated(r *rand.Rand) float64 {
	for {
		if x := r.ExpFloat64() / 5; x <= 1 {
			return x
		}
	}
}
