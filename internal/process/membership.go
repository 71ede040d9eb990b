package process

import "math"

// Keep says that the process is written under its own name in this scrape.
// Labels is a hash of the attributes that its series will have: under other
// labels they are other series, which begin at 0. It returns the timestamp
// that the counters' points have as their start: that of the membership's
// first sample, which the data model reads as "start unknown", so that nobody
// counts what the process used before.
func (l *Ledger) Keep(p *Process, labels uint64, at int64) (start int64) {
	m := p.shown
	switch {
	case m == nil:
		m = &membership{pending: make([]uint64, len(p.cells)), start: at}
		p.shown = m
	case m.labels != labels:
		l.Release(p)
		for i := range p.cells {
			p.cells[i].out = 0
		}
		m.start = at
	case !m.active:
		m.start = at
	}
	m.active, m.labels, m.written = true, labels, 0
	return m.start
}

// Release says that the process is not written under its own name in this
// scrape: what it used since its previous sample is the rest's.
func (l *Ledger) Release(p *Process) {
	m := p.shown
	if m == nil {
		return
	}
	for i := range p.cells {
		if m.owned&(1<<i) == 0 {
			continue
		}
		slot := p.form.slots[i]
		if l.set.At(slot).Float {
			l.rest[slot].add.addFloat(math.Float64frombits(m.pending[i]))
		} else {
			l.rest[slot].add.addInt(int64(m.pending[i]))
		}
	}
	m.owned, m.emitted, m.active = 0, 0, false
}

// Emit returns the value to write for a counter of a kept process whose value
// was accepted in this scrape. ok is false for a counter that is not followed,
// and at the second call in a scrape.
func (l *Ledger) Emit(p *Process, slot Slot) (i int64, f float64, ok bool) {
	at := p.form.find(slot)
	m := p.shown
	if at < 0 || m.written&(1<<at) != 0 {
		return 0, 0, false
	}
	bit := uint64(1) << at
	c := &p.cells[at]
	float := l.set.At(slot).Float
	switch {
	case m.owned&bit == 0:
	case float:
		c.out = math.Float64bits(math.Float64frombits(c.out) + math.Float64frombits(m.pending[at]))
	default:
		c.out = uint64(addSaturating(int64(c.out), int64(m.pending[at])))
	}
	m.owned &^= bit
	m.emitted |= bit
	m.written |= bit
	if float {
		return 0, math.Float64frombits(c.out), true
	}
	return int64(c.out), 0, true
}

// MembershipStart is the start that the counters of a kept process have.
func (l *Ledger) MembershipStart(p *Process) int64 { return p.shown.start }

// Rewind takes note that the host's clock was set back: times so far say
// nothing about the ones to come. Memberships begin anew, values go on.
func (l *Ledger) Rewind() {
	l.time, l.earliest, l.started = 0, 0, 0
	l.Relabel()
	l.Processes(func(p *Process) {
		p.time = 0
		if p.shown != nil {
			p.shown.active = false
		}
	})
}
