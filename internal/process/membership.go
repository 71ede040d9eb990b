package process

import "math"

// Keep says that the process is written under its own name in this scrape.
// Labels is a hash of the attributes that its series will have: under other
// labels they are other series, which begin at 0.
func (l *Ledger) Keep(p *Process, labels uint64) {
	m := p.shown
	switch {
	case m == nil:
		m = &membership{pending: make([]uint64, len(p.cells)), starts: make([]int64, len(p.cells))}
		p.shown = m
	case m.labels != labels:
		l.Release(p)
		for i := range p.cells {
			p.cells[i].out = 0
		}
	}
	m.labels, m.written = labels, 0
	l.here = l.restOf(p)
}

// Release says that the process is not written under its own name in this
// scrape: what it used since its previous sample is the rest's, or its part's.
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
		r := l.restOf(p).at(slot)
		r.known = true
		if l.set.At(slot).Float {
			r.add.addFloat(math.Float64frombits(m.pending[i]))
		} else {
			r.add.addInt(int64(m.pending[i]))
		}
	}
	m.owned, m.emitted = 0, 0
}

// Emit returns the value to write, with the timestamp at, for a counter of a
// kept process whose value was accepted in this scrape. Start is the timestamp
// of the first sample since the series began or came back, which the data
// model reads as "start unknown": nobody is to count what the process used
// before. ok is false for a counter that is not followed, and at the second
// call in a scrape.
func (l *Ledger) Emit(p *Process, slot Slot, at int64) (v Amount, start int64, ok bool) {
	i := p.form.find(slot)
	m := p.shown
	if i < 0 || m.written&(1<<i) != 0 {
		return Amount{}, 0, false
	}
	bit := uint64(1) << i
	c := &p.cells[i]
	float := l.set.At(slot).Float
	switch {
	case m.owned&bit == 0:
	case float:
		grown := math.Float64frombits(c.out) + math.Float64frombits(m.pending[i])
		c.out = math.Float64bits(math.Min(grown, math.MaxFloat64)) // saturates as sums do
	default:
		c.out = uint64(addSaturating(int64(c.out), int64(m.pending[i])))
	}
	if m.emitted&bit == 0 {
		m.starts[i] = at
	}
	m.owned &^= bit
	m.emitted |= bit
	m.written |= bit
	if float {
		return Amount{Float: math.Float64frombits(c.out)}, m.starts[i], true
	}
	return Amount{Int: int64(c.out)}, m.starts[i], true
}

// Rewind takes note that the host's clock was set back: times so far say
// nothing about the ones to come, except that who began before the previous
// scrape by the old clock may not be said to be born since. Memberships begin
// anew, values go on.
func (l *Ledger) Rewind() {
	l.time = 0
	l.Relabel()
	l.Processes(func(p *Process) {
		p.time = 0
		if p.shown != nil {
			p.shown.emitted = 0
		}
	})
}
