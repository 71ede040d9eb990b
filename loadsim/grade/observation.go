package grade

import (
	"cmp"
	"slices"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// Sample is what was said of one process, or of all others, at one time.
type Sample struct {
	// PID is 0 for what has none, such as _other_.
	PID  int
	Name string
	At   time.Time
	// Start is since when CPU counts; zero, or equal to At: not known.
	Start time.Time
	// CPU is in seconds, user and system; HasCPU that it was said.
	CPU    float64
	HasCPU bool
	// Series is how many data points were about it.
	Series int
}

// Observation is everything that was said.
type Observation struct {
	Samples []Sample

	untimed bool                   // samples of a page have no time of their own
	latest  map[identity]time.Time // of a page that is read again and again
}

// Scrape is the samples of one pass over the processes.
type Scrape struct {
	First, Last time.Time
	Samples     []Sample
}

// sort puts the samples in order of time.
func (o *Observation) sort() {
	slices.SortStableFunc(o.Samples, func(a, b Sample) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.PID, b.PID))
	})
}

// Interval is the usual time between two samples of one process; 0 if there is
// none with two.
func (o *Observation) Interval() time.Duration {
	last := map[identity]time.Time{}
	var gaps []time.Duration
	for _, s := range o.Samples {
		if before, ok := last[s.identity()]; ok && s.At.After(before) {
			gaps = append(gaps, s.At.Sub(before))
		}
		last[s.identity()] = s.At
	}
	if len(gaps) == 0 {
		return 0
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}

// identity is what samples of one process have in common.
type identity struct {
	pid  int
	name string
}

func (s *Sample) identity() identity { return identity{s.PID, comm(s.Name)} }

// comm is what the kernel called a process whose name may have been completed
// from its command line.
func comm(name string) string { return loadsim.Comm(name) }

// Scrapes divides the samples. A scrape ends when one of its processes comes
// again, or three quarters of the interval after it began: each process has a
// time of its own, and the slowest scrape may take nearly as long as that.
func (o *Observation) Scrapes() (all []Scrape) {
	o.sort()
	longest := o.Interval() * 3 / 4
	seen := map[identity]time.Time{}
	for _, s := range o.Samples {
		at, again := seen[s.identity()]
		again = again && s.At.After(at)
		if n := len(all); n == 0 || again || (longest > 0 && s.At.Sub(all[n-1].First) > longest) {
			clear(seen)
			all = append(all, Scrape{First: s.At})
		}
		seen[s.identity()] = s.At
		current := &all[len(all)-1]
		current.Last = s.At
		current.Samples = append(current.Samples, s)
	}
	return all
}
