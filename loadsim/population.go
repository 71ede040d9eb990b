package loadsim

import (
	"sync"
	"time"
)

// population is who was asked for and has not ended, and what became of all
// others.
type population struct {
	mu        sync.Mutex
	observers []Observer
	cpuTime   func(pid int) (time.Duration, error)
	lives     map[uint32]*member
	retries   []attempt // the next first
	sum       Summary
	progress  Progress
	usedBy    time.Duration // by those that have ended
	sampled   time.Duration // usedBy and the living, at the last progress
	reported  int           // born until then
	later     int           // born whose birth was after the first moment
	started   time.Time
	ticked    time.Time
	changed   chan struct{} // has room for one
}

// member is one process of a population.
type member struct {
	Life
	attempt attempt       // to make the family that it belongs to
	used    time.Duration // until the last progress
}

func newPopulation(s Settings) *population {
	return &population{
		observers: s.Observers, cpuTime: s.CPUTime, lives: map[uint32]*member{},
		started: time.Now(), ticked: time.Now(), changed: make(chan struct{}, 1),
	}
}

// ask notes a family that is about to be asked for.
func (p *population) ask(a attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for process := range a.Process.All() {
		p.lives[process.ID] = &member{Life: Life{Process: process}, attempt: a}
	}
}

// size is how many were asked for and have not ended.
func (p *population) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.lives)
}

// follow takes events until there are no more.
func (p *population) follow(events <-chan Event) {
	for e := range events {
		p.take(e)
		select {
		case p.changed <- struct{}{}:
		default: // it is known already
		}
	}
}

func (p *population) take(e Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.lives[e.ID]
	if m == nil {
		return // not one of this run
	}
	switch e.Kind {
	case Born:
		p.born(m, e)
	case Exited:
		p.exited(m, e)
	case Failed:
		p.failed(m, e.Err)
	}
}

func (p *population) born(m *member, e Event) {
	m.PID, m.Parent, m.Born = e.PID, e.Parent, e.At
	p.progress.Born++
	p.progress.Active++
	p.progress.CPUAsked += m.Process.Load.CPU()
	p.sum.Peak = max(p.sum.Peak, p.progress.Active)
	if m.attempt.At > 0 {
		p.later++
	}
	for _, o := range p.observers {
		o.Born(m.Life)
	}
}

func (p *population) exited(m *member, e Event) {
	delete(p.lives, e.ID)
	m.Ended, m.Used, m.Status, m.Err = e.At, e.Used, e.Status, e.Err
	m.Asked = m.Process.Load.CPUTime(max(0, m.Ended.Sub(m.Born)))
	used := m.Used.User + m.Used.System
	p.usedBy += used
	p.progress.Exited++
	p.progress.Active--
	p.progress.CPUAsked -= m.Process.Load.CPU()
	p.sum.CPU.Asked += m.Asked.Seconds()
	p.sum.CPU.Achieved += used.Seconds()
	p.sum.judge(&m.Life)
	for _, o := range p.observers {
		o.Exited(m.Life)
	}
}
