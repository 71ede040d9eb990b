package process

import "iter"

// Part is the number of a part of the rest. Processes belong to part 0, the
// rest proper, unless they are assigned to another one: each part is given
// what its own processes used and is a rest of its own.
type Part uint16

// Part returns what a part has. One that no process was ever assigned to, or
// that ended, has nothing.
func (l *Ledger) Part(part Part) *Rest {
	if int(part) < len(l.parts) && l.parts[part] != nil {
		return l.parts[part]
	}
	return &Rest{set: l.set}
}

// Parts lists the parts that have begun and not ended, in ascending order.
// Part 0 is the first one, always.
func (l *Ledger) Parts() iter.Seq2[Part, *Rest] {
	return func(yield func(Part, *Rest) bool) {
		for part, r := range l.parts {
			if r != nil && !yield(Part(part), r) {
				return
			}
		}
	}
}

// PartOf returns the part that a process belongs to.
func (l *Ledger) PartOf(p *Process) Part {
	if int(p.index) >= len(l.division) {
		return 0
	}
	return l.division[p.index]
}

// restOf returns the part that a process gives to.
func (l *Ledger) restOf(p *Process) *Rest {
	if l.division == nil {
		return l.Rest
	}
	return l.parts[l.PartOf(p)]
}

// Assign lets a process belong to a part from now on; what it gave before stays
// where it is. It is called after See and before any of the process's points:
// the counters that it has are the part's too from this scrape on.
func (l *Ledger) Assign(p *Process, part Part) {
	if part == l.PartOf(p) {
		return
	}
	if need := int(p.index) + 1 - len(l.division); need > 0 {
		l.division = append(l.division, make([]Part, need)...)
	}
	l.division[p.index] = part
	r := l.beginPart(part)
	r.meet(p)
	if p == l.current {
		l.here = r
	}
}

// meet gives the rest the counters that a process has.
func (r *Rest) meet(p *Process) {
	for i := range p.cells {
		if p.cells[i].ref != unknown {
			r.at(p.form.slots[i]).known = true
		}
	}
}

func (l *Ledger) beginPart(part Part) *Rest {
	if need := int(part) + 1 - len(l.parts); need > 0 {
		l.parts = append(l.parts, make([]*Rest, need)...)
	}
	if l.parts[part] == nil {
		l.parts[part] = &Rest{set: l.set}
	}
	return l.parts[part]
}

// EndPart ends a part. Its counters go no further, and its number may be used
// for another part, which begins at 0. What it was given in the scrape under
// way and what waits goes to the rest proper, and so do the processes that
// still belong to it: they lose their verdicts, to be assigned anew. Part 0
// does not end.
func (l *Ledger) EndPart(part Part) {
	if part == 0 || int(part) >= len(l.parts) || l.parts[part] == nil {
		return
	}
	former := l.parts[part]
	l.parts[part] = nil
	l.inherit(former)
	if l.here == former {
		l.here = l.Rest
	}
	for index, of := range l.division {
		if of == part {
			p := l.At(index)
			l.division[index], p.Verdict = 0, 0
			if l.open && !l.Absent(p) {
				l.Rest.meet(p) // as if it had been its from the beginning of the scrape
			}
		}
	}
}

// inherit takes over what a part that ended did not come to show.
func (l *Ledger) inherit(former *Rest) {
	for slot := range former.series {
		s := &former.series[slot]
		if !l.open {
			s.add, s.members = sum{}, 0 // of a scrape that was settled
		}
		if s.waits == (sum{}) && s.add == (sum{}) && s.members == 0 {
			continue
		}
		r := l.Rest.at(Slot(slot))
		r.known = r.known || s.known
		r.waits.add(s.waits)
		r.add.add(s.add)
		r.members += s.members
	}
}

// Relabel is [Rest.Relabel] for all parts.
func (l *Ledger) Relabel() {
	for _, r := range l.Parts() {
		r.Relabel()
	}
}

// Retire says that a series has given way to another one of the same name. It
// begins anew if it comes back.
func (l *Ledger) Retire(slot Slot) {
	for _, r := range l.Parts() {
		r.retire(slot)
	}
	if int(slot) < len(l.given) {
		l.given[slot].known = false
	}
}

// given is what all parts were given of one series, those included that ended.
type given struct {
	known bool // one of them had the series
	sum   sum  // Counter: all of it
}

func (g *given) take(r *remainder) {
	if r.known {
		g.known = true
		g.sum.add(r.add)
	}
}

// Given is what all parts together have of a series after Finish, and of a
// Counter all that they, and those that ended, were ever given, under whatever
// labels it was shown. Seen is false when the host never had the series.
func (l *Ledger) Given(slot Slot) (v Amount, seen bool) {
	if int(slot) >= len(l.given) || !l.given[slot].known {
		return Amount{}, false
	}
	all := l.given[slot].sum
	if l.set.series[slot].Kind != Counter {
		all = sum{}
		for _, r := range l.Parts() {
			has, _ := r.Other(slot)
			all.addInt(has.Int)
			all.addFloat(has.Float)
		}
	}
	return Amount{Int: all.i, Float: all.float()}, true
}
