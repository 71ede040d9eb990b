package loadsim

import (
	"iter"
	"time"
)

// Birth is a process and when it is to be born.
type Birth struct {
	// At is counted from the beginning of the run.
	At      time.Duration
	Process Process
}

// Plan is what a run is to do. The same plan always says the same.
type Plan struct {
	// Profile is the name of what it was made from.
	Profile string
	// Seed is what everything random in it was drawn with.
	Seed uint64
	// Parameters are the numbers that it was made with, for the record.
	Parameters map[string]any
	// Duration is how long the run takes.
	Duration time.Duration
	// Births gives the schedule in order of time, from the beginning each time
	// it is ranged over. It may be long: nothing keeps it in memory.
	Births iter.Seq[Birth]
}

// Scale returns the plan with the CPU of every process multiplied.
func (p Plan) Scale(factor float64) Plan {
	births := p.Births
	p.Births = func(yield func(Birth) bool) {
		for b := range births {
			b.Process = b.Process.scale(factor)
			if !yield(b) {
				return
			}
		}
	}
	return p
}

func (p Process) scale(factor float64) Process {
	p.Load = p.Load.Scale(factor)
	children := make([]Process, len(p.Children))
	for i, c := range p.Children {
		children[i] = c.scale(factor)
	}
	p.Children = children
	return p
}

// All gives a process and all that are born by it, parents first.
func (p *Process) All() iter.Seq[*Process] {
	return func(yield func(*Process) bool) { p.walk(yield) }
}

func (p *Process) walk(yield func(*Process) bool) bool {
	if !yield(p) {
		return false
	}
	for i := range p.Children {
		if !p.Children[i].walk(yield) {
			return false
		}
	}
	return true
}

// Number gives a process and its descendants the next numbers after last, and
// returns the last that it gave.
func (p *Process) Number(last uint32) uint32 {
	for q := range p.All() {
		last++
		q.ID = last
	}
	return last
}

// Comm is what the kernel calls the process.
func (p *Process) Comm() string { return Comm(p.Path) }
