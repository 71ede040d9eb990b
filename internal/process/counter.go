package process

import (
	"math"
	"math/bits"
)

// dip is the part by which a counter may fall and be taken for one that did
// not grow. A larger fall is a counter that began anew.
const dip = 0.01

// AddInt takes a counter's value into account and returns by how much it grew
// since the process's previous sample. ok is false when the value was refused,
// which Faults counts; the point must then not be written.
func (l *Ledger) AddInt(p *Process, slot Slot, v int64) (delta int64, ok bool) {
	if l.still(p, slot, uint64(v)) {
		return 0, true
	}
	i, ok := l.place(p, slot, v >= 0)
	if !ok {
		return 0, false
	}
	c := &p.cells[i]
	switch ref := int64(c.ref); {
	case c.ref == unknown:
		if delta = v; p.state&stateBorn == 0 {
			delta = 0
		}
		if c.out = 0; l.scrape == 1 {
			c.out = uint64(v)
		}
		c.ref = uint64(v)
	case v >= ref:
		delta, c.ref = v-ref, uint64(v)
	case float64(ref-v) <= dip*float64(ref):
		l.Faults.Dips++
	default:
		delta, c.ref = v, uint64(v)
		l.reset(p, c)
	}
	if l.raw {
		c.out = uint64(v)
	}
	if own := p.shown; own != nil && own.emitted&(1<<i) != 0 {
		own.owned |= 1 << i
		own.pending[i] = uint64(delta)
	} else if delta != 0 {
		l.here.series[slot].add.addInt(delta)
	}
	return delta, true
}

// AddFloat is AddInt for a counter of doubles.
func (l *Ledger) AddFloat(p *Process, slot Slot, v float64) (delta float64, ok bool) {
	if l.still(p, slot, math.Float64bits(v)) {
		return 0, true
	}
	i, ok := l.place(p, slot, v >= 0 && v <= math.MaxFloat64)
	if !ok {
		return 0, false
	}
	c := &p.cells[i]
	switch ref := math.Float64frombits(c.ref); {
	case c.ref == unknown:
		if delta = v; p.state&stateBorn == 0 {
			delta = 0
		}
		if c.out = 0; l.scrape == 1 {
			c.out = math.Float64bits(v)
		}
		c.ref = math.Float64bits(v)
	case v >= ref:
		delta, c.ref = v-ref, math.Float64bits(v)
	case ref-v <= dip*ref:
		l.Faults.Dips++
	default:
		delta, c.ref = v, math.Float64bits(v)
		l.reset(p, c)
	}
	if l.raw {
		c.out = math.Float64bits(v)
	}
	if own := p.shown; own != nil && own.emitted&(1<<i) != 0 {
		own.owned |= 1 << i
		own.pending[i] = math.Float64bits(delta)
	} else if delta != 0 {
		l.here.series[slot].add.addFloat(delta)
	}
	return delta, true
}

// still reports whether a counter stands where it stood, as most do on most
// scrapes, and takes note of it: a short way for processes that were never
// kept.
func (l *Ledger) still(p *Process, slot Slot, bits uint64) bool {
	i := p.form.find(slot)
	if i < 0 || p.cells[i].ref != bits || bits == unknown || p.shown != nil || l.touched&(1<<i) != 0 {
		return false
	}
	if l.raw && p.cells[i].out != bits { // it stood elsewhere since: a dip
		return false
	}
	l.touched |= 1 << i
	return true
}

// reset notes that a counter began anew. What a first membership would have
// started from is used up: the rest is given all that came after.
func (l *Ledger) reset(p *Process, c *cell) {
	l.Faults.Resets++
	if p.shown == nil {
		c.out = 0 // the bits of 0 and of 0.0 are the same
	}
}

// place returns the position of the slot's cell, once per scrape.
func (l *Ledger) place(p *Process, slot Slot, good bool) (int, bool) {
	if !good {
		l.Faults.Bad++
		return 0, false
	}
	i := p.form.find(slot)
	if i < 0 {
		if i = l.extend(p, slot); i < 0 {
			l.Faults.Untracked++
			return 0, false
		}
	}
	if l.touched&(1<<i) != 0 {
		l.Faults.Duplicates++
		return 0, false
	}
	l.touched |= 1 << i
	l.here.at(slot).known = true
	return i, true
}

// extend gives the process a cell for a counter that it did not have before.
func (l *Ledger) extend(p *Process, slot Slot) int {
	form := l.set.with(p.form, slot)
	if form == nil && p.New() {
		l.shrink(p) // it began with the cells of another one
		form = l.set.with(p.form, slot)
	}
	if form == nil {
		return -1
	}
	cells := newCells(len(form.slots))
	copy(cells, p.cells)
	p.cells, p.form = cells, form
	if p.shown != nil {
		p.shown.pending = append(p.shown.pending, 0)
		p.shown.starts = append(p.shown.starts, 0)
	}
	return len(cells) - 1
}

// shrink leaves a new process the cells that it has used so far.
func (l *Ledger) shrink(p *Process) {
	form := l.used(p)
	if form == nil {
		return
	}
	cells := make([]cell, 0, len(form.slots))
	for i := range p.cells {
		if l.touched&(1<<i) != 0 {
			cells = append(cells, p.cells[i])
		}
	}
	p.cells, p.form, l.touched = cells, form, 1<<len(cells)-1
}

// used is the layout of the counters that the process under way has in this
// scrape; nil at a limit.
func (l *Ledger) used(p *Process) *layout {
	if bits.OnesCount64(l.touched) == len(p.cells) {
		return p.form
	}
	slots := make([]Slot, 0, len(p.cells))
	for i, slot := range p.form.slots {
		if l.touched&(1<<i) != 0 {
			slots = append(slots, slot)
		}
	}
	return l.set.intern(slots)
}

// learn makes the layout of the process seen last, a new one, that which the
// next new process begins with.
func (l *Ledger) learn() {
	if form := l.used(l.current); form != nil && l.touched != 0 {
		l.set.usual = form
	}
}

// FellInt reports whether v is below what the process's counter had reached.
func (p *Process) FellInt(slot Slot, v int64) bool {
	i := p.form.find(slot)
	return i >= 0 && p.cells[i].ref != unknown && v < int64(p.cells[i].ref)
}

// FellFloat is FellInt for a counter of doubles.
func (p *Process) FellFloat(slot Slot, v float64) bool {
	i := p.form.find(slot)
	return i >= 0 && p.cells[i].ref != unknown && v < math.Float64frombits(p.cells[i].ref)
}
