package process

import "math"

// rest is what _other_ has of one series.
type rest struct {
	known   bool // the series was seen in the host's input
	written bool // it had a point in the previous scrape
	given   sum  // Counter: all that was ever given
	total   sum  // Counter: what was given under the present labels, without what waits
	waits   sum  // Counter: given before the series had a sample to differ from
	add     sum  // this scrape: deltas given, or Level and Flow values of all
	members int  // Level and Flow: values in add that are not kept
	value   float64
}

func (l *Ledger) beginRest() {
	for i := range l.rest {
		l.rest[i].add, l.rest[i].members = sum{}, 0
	}
}

// restOf returns the rest of a series, which may be one that was numbered
// after the scrape began.
func (l *Ledger) restOf(slot Slot) *rest {
	if need := l.set.Len() - len(l.rest); int(slot) >= len(l.rest) {
		l.rest = append(l.rest, make([]rest, need)...)
	}
	return &l.rest[slot]
}

// LevelInt adds a process's value of a Level or Flow.
func (l *Ledger) LevelInt(slot Slot, v int64) {
	r := l.restOf(slot)
	r.known = true
	r.members++
	r.add.addInt(v)
}

// LevelFloat is LevelInt for a double; one that is not finite is refused.
func (l *Ledger) LevelFloat(slot Slot, v float64) {
	r := l.restOf(slot)
	r.known = true
	if v-v != 0 { // NaN or infinite
		l.Faults.Bad++
		return
	}
	r.members++
	r.add.addFloat(v)
}

// KeepInt takes the value of a kept process out of the rest.
func (l *Ledger) KeepInt(slot Slot, v int64) {
	r := &l.rest[slot]
	r.members--
	r.add.addInt(-v)
}

// KeepFloat is KeepInt for a double.
func (l *Ledger) KeepFloat(slot Slot, v float64) {
	if v-v != 0 {
		return
	}
	r := &l.rest[slot]
	r.members--
	r.add.addFloat(-v)
}

// KnownSeries is how many series the rest has at the end of this scrape.
func (l *Ledger) KnownSeries() (n int) {
	for i := range l.rest {
		if l.rest[i].known {
			n++
		}
	}
	return n
}

// Relabel says that the rest is written under other labels from the next
// Finish on. They are other series, which begin at 0: under labels that the
// rest had before, what it showed meanwhile would be counted again. What this
// scrape gives waits for a second sample.
func (l *Ledger) Relabel() {
	l.started = 0
	for i := range l.rest {
		r := &l.rest[i]
		r.written, r.total, r.value = false, sum{}, 0
	}
}

// Retire says that a series has given way to another one of the same name. It
// begins anew if it comes back.
func (l *Ledger) Retire(slot Slot) {
	if int(slot) < len(l.rest) {
		l.rest[slot] = rest{given: l.rest[slot].given, waits: l.rest[slot].waits}
	}
}

// Withhold says that the rest is not written in this scrape: what it is given
// waits until it is.
func (l *Ledger) Withhold() { l.withheld = true }

// Discard says that nobody wants the rest: what it is given in this scrape is
// lost.
func (l *Ledger) Discard() { l.discarded = true }

// settleRest adds what this scrape gave. A counter that had no point yet gets
// its first one, 0, and the delta waits for the next: nobody can tell a first
// sample's growth.
func (l *Ledger) settleRest() {
	for slot := range l.rest {
		r := &l.rest[slot]
		if l.set.series[slot].Kind == Flow {
			l.settleFlow(r)
		}
		if !r.known || l.set.series[slot].Kind != Counter {
			continue
		}
		r.given.add(r.add)
		if l.discarded {
			r.waits, r.written = sum{}, false
			continue
		}
		if l.withheld || !r.written {
			r.waits.add(r.add)
			r.written = r.written || !l.withheld
			continue
		}
		r.total.add(r.waits)
		r.total.add(r.add)
		r.waits = sum{}
		r.value = max(r.value, r.total.float())
	}
}

// settleFlow lets an amount that is not written wait until it is.
func (l *Ledger) settleFlow(r *rest) {
	switch {
	case l.discarded:
		r.waits = sum{}
	case l.withheld:
		r.waits.add(r.add)
	case r.waits != (sum{}):
		r.add.add(r.waits)
		r.members++
		r.waits = sum{}
	}
}

// Other says what the rest has of one series after Finish. Seen is false when
// the host never had the series.
func (l *Ledger) Other(slot Slot) (v Amount, seen bool) {
	if int(slot) >= len(l.rest) || !l.rest[slot].known {
		return Amount{}, false
	}
	r := &l.rest[slot]
	series := l.set.series[slot]
	if series.Kind == Counter {
		return Amount{Int: r.total.i, Float: r.value}, true
	}
	if r.members == 0 {
		return Amount{}, true // exactly nothing, not what rounding left of it
	}
	v = Amount{Int: r.add.i, Float: r.add.float()}
	if series.Kind == Flow && series.Monotonic {
		v.Int, v.Float = max(v.Int, 0), math.Max(v.Float, 0)
	}
	return v, true
}

// Given is what Other says of a series, and of a Counter all that the rest was
// ever given, under whatever labels it was shown.
func (l *Ledger) Given(slot Slot) (v Amount, seen bool) {
	if v, seen = l.Other(slot); seen && l.set.series[slot].Kind == Counter {
		given := &l.rest[slot].given
		v = Amount{Int: given.i, Float: given.float()}
	}
	return v, seen
}

// Waits is the part of a counter's growth that Other does not show yet. It is
// 0 one scrape later.
func (l *Ledger) Waits(slot Slot) Amount {
	if int(slot) >= len(l.rest) {
		return Amount{}
	}
	w := &l.rest[slot].waits
	return Amount{Int: w.i, Float: w.float()}
}

// Amount is a value of a series: its Float if the series has doubles, else
// its Int.
type Amount struct {
	Int   int64
	Float float64
}
