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
	m.active, m.labels = true, labels
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

// EmitInt returns the value to write for a counter of a kept process that
// AddInt accepted in this scrape.
func (l *Ledger) EmitInt(p *Process, slot Slot) int64 {
	i := p.form.find(slot)
	c, m := &p.cells[i], p.shown
	if m.owned&(1<<i) != 0 {
		c.out = uint64(addSaturating(int64(c.out), int64(m.pending[i])))
	}
	m.owned &^= 1 << i
	m.emitted |= 1 << i
	return int64(c.out)
}

// EmitFloat is EmitInt for a counter of doubles.
func (l *Ledger) EmitFloat(p *Process, slot Slot) float64 {
	i := p.form.find(slot)
	c, m := &p.cells[i], p.shown
	if m.owned&(1<<i) != 0 {
		c.out = math.Float64bits(math.Float64frombits(c.out) + math.Float64frombits(m.pending[i]))
	}
	m.owned &^= 1 << i
	m.emitted |= 1 << i
	return math.Float64frombits(c.out)
}
