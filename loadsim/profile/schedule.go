package profile

import (
	"container/heap"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// births is the schedule of patterns until a time. Everything random in it
// comes from one source in the order of the births.
func births(patterns []Pattern, duration time.Duration, seed uint64) iter.Seq[loadsim.Birth] {
	return func(yield func(loadsim.Birth) bool) {
		s := newSchedule(patterns, duration, seed)
		for len(s.turns) > 0 {
			if !yield(s.next()) {
				return
			}
		}
	}
}

// schedule is the births that are known so far: the next one of each process
// that is born again, and of each pattern that goes on.
type schedule struct {
	patterns []Pattern
	duration time.Duration
	rand     *rand.Rand
	turns    turns
	last     uint32 // process that has a number
}

// turn is a birth to come.
type turn struct {
	at      time.Duration
	pattern int
	number  int // of the process in its pattern, from 1
	again   bool
}

func newSchedule(patterns []Pattern, duration time.Duration, seed uint64) *schedule {
	s := &schedule{patterns: patterns, duration: duration, rand: rand.New(rand.NewPCG(seed, 0))}
	for i := range patterns {
		s.add(turn{at: s.moment(&patterns[i], 1), pattern: i, number: 1})
	}
	return s
}

// add notes a birth, if it is before the end.
func (s *schedule) add(t turn) {
	if t.at < s.duration {
		heap.Push(&s.turns, t)
	}
}

// next makes the first birth of all, and notes what follows from it.
func (s *schedule) next() loadsim.Birth {
	t := heap.Pop(&s.turns).(turn)
	pattern := &s.patterns[t.pattern]
	p := pattern.process(t.number, 0, s.rand)
	s.last = p.Number(s.last)
	if pattern.Restart != nil && p.Lifetime > 0 {
		s.add(turn{at: t.at + p.Lifetime + time.Duration(*pattern.Restart), pattern: t.pattern, number: t.number, again: true})
	}
	if !t.again && pattern.has(t.number+1) {
		s.add(turn{at: s.moment(pattern, t.number+1), pattern: t.pattern, number: t.number + 1})
	}
	return loadsim.Birth{At: t.at, Process: p}
}

// has reports whether there is a process with a number.
func (p *Pattern) has(number int) bool {
	if p.Count == 0 {
		return p.Rate > 0 || number == 1
	}
	return number <= p.Count
}

// moment is when a process is born for the first time.
func (s *schedule) moment(p *Pattern, number int) time.Duration {
	before := float64(number - 1)
	start := time.Duration(p.Start)
	switch {
	case p.Rate > 0:
		return start + time.Duration((before+s.rand.Float64())/p.Rate*float64(time.Second))
	case p.Every > 0:
		return start + time.Duration(before)*time.Duration(p.Every)
	case p.Ramp > 0:
		return start + time.Duration(before/float64(max(1, p.Count))*float64(p.Ramp))
	}
	return start
}

// turns is a heap; what is due at one time goes in the order of the file.
type turns []turn

func (t turns) Len() int      { return len(t) }
func (t turns) Swap(i, j int) { t[i], t[j] = t[j], t[i] }
func (t *turns) Push(x any)   { *t = append(*t, x.(turn)) }

func (t turns) Less(i, j int) bool {
	a, b := t[i], t[j]
	if a.at != b.at {
		return a.at < b.at
	}
	if a.pattern != b.pattern {
		return a.pattern < b.pattern
	}
	return a.number < b.number
}

func (t *turns) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}
