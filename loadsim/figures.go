package loadsim

import (
	"container/heap"
	"math"
	"time"
)

// ownMemory is what a process is reckoned to need itself, in bytes: far more
// than a sleeping one does, so that a limit holds.
const ownMemory = 256 << 10

// Figures is what a plan asks for.
type Figures struct {
	// Processes is how many are born in all, and Peak how many live at once.
	Processes, Peak int
	// Critical is how many of all are.
	Critical int
	// BirthRate is births per second after the first moment.
	BirthRate float64
	// CPU is the most cores asked for at once, each load by its average.
	CPU float64
	// CPUTime is what is asked for in the whole run.
	CPUTime time.Duration
	// Memory is the most bytes at once.
	Memory int64
}

// Figures goes through the whole schedule.
func (p Plan) Figures() Figures { return p.figures(math.MaxInt) }

// figures stops behind the first birth with which there were more processes.
func (p Plan) figures(most int) Figures {
	c := census{plan: p}
	for b := range p.Births {
		if c.Processes > most {
			break
		}
		for process := range b.Process.All() {
			c.add(b.At, process)
		}
	}
	if p.Duration > 0 {
		c.BirthRate = float64(c.later) / p.Duration.Seconds()
	}
	return c.Figures
}

// census counts who lives while the schedule goes by.
type census struct {
	Figures
	plan   Plan
	later  int // born after the first moment
	alive  ends
	cpu    float64
	memory int64
}

func (c *census) add(at time.Duration, p *Process) {
	c.bury(at)
	e := ending{at: c.plan.end(at, p), cpu: p.Load.CPU(), memory: ownMemory + p.Load.PeakMemory()}
	heap.Push(&c.alive, e)
	c.cpu += e.cpu
	c.memory += e.memory
	c.Processes++
	if at > 0 {
		c.later++
	}
	if p.Critical {
		c.Figures.Critical++
	}
	c.CPUTime += p.Load.CPUTime(e.at - at)
	c.Peak = max(c.Peak, len(c.alive))
	c.CPU = max(c.CPU, c.cpu)
	c.Memory = max(c.Memory, c.memory)
}

// end is when a process that is born at a time ends at the latest.
func (p Plan) end(at time.Duration, process *Process) time.Duration {
	if process.Lifetime == 0 {
		return p.Duration
	}
	return min(at+process.Lifetime, p.Duration)
}

// bury takes out those that have ended.
func (c *census) bury(now time.Duration) {
	for len(c.alive) > 0 && c.alive[0].at <= now {
		e := heap.Pop(&c.alive).(ending)
		c.cpu -= e.cpu
		c.memory -= e.memory
	}
}

// ending is what there is less of from a time on.
type ending struct {
	at     time.Duration
	cpu    float64
	memory int64
}

// ends is a heap, the next first.
type ends []ending

func (e ends) Len() int           { return len(e) }
func (e ends) Less(i, j int) bool { return e[i].at < e[j].at }
func (e ends) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *ends) Push(x any)        { *e = append(*e, x.(ending)) }

func (e *ends) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}
