package process

import "math"

// Rest is what the processes of a host have that is not shown under their own
// names: of all of them or, when they are divided, of those of one [Part].
// After Finish it says what to write for each series.
type Rest struct {
	set       *Set
	series    []remainder // by slot
	started   int64       // time of its first points; 0 before them
	withheld  bool
	discarded bool
}

// remainder is what a rest has of one series.
type remainder struct {
	known   bool // the series was seen in the input
	written bool // it had a point in the previous scrape
	total   sum  // Counter: what was given under the present labels, without what waits
	waits   sum  // Counter: given before the series had a sample to differ from
	add     sum  // this scrape: deltas given, or Level and Flow values of all
	members int  // Level and Flow: values in add that are not kept
	value   float64
}

func (r *Rest) begin() {
	r.withheld, r.discarded = false, false
	for i := range r.series {
		r.series[i].add, r.series[i].members = sum{}, 0
	}
}

// at returns what the rest has of a series, which may be one that was numbered
// after the scrape began.
func (r *Rest) at(slot Slot) *remainder {
	if need := r.set.Len() - len(r.series); int(slot) >= len(r.series) {
		r.series = append(r.series, make([]remainder, need)...)
	}
	return &r.series[slot]
}

// LevelInt adds a process's value of a Level or Flow: of the process seen last.
func (l *Ledger) LevelInt(slot Slot, v int64) {
	r := l.here.at(slot)
	r.known = true
	r.members++
	r.add.addInt(v)
}

// LevelFloat is LevelInt for a double; one that is not finite is refused.
func (l *Ledger) LevelFloat(slot Slot, v float64) {
	r := l.here.at(slot)
	r.known = true
	if v-v != 0 { // NaN or infinite
		l.Faults.Bad++
		return
	}
	r.members++
	r.add.addFloat(v)
}

// KeepInt takes a value of the process that Keep was called for last out of
// the rest.
func (l *Ledger) KeepInt(slot Slot, v int64) {
	r := l.here.at(slot)
	r.members--
	r.add.addInt(-v)
}

// KeepFloat is KeepInt for a double.
func (l *Ledger) KeepFloat(slot Slot, v float64) {
	if v-v != 0 {
		return
	}
	r := l.here.at(slot)
	r.members--
	r.add.addFloat(-v)
}

// KnownSeries is how many series the rest has at the end of this scrape.
func (r *Rest) KnownSeries() (n int) {
	for i := range r.series {
		if r.series[i].known {
			n++
		}
	}
	return n
}

// Started is the start of the rest's counters: the time of their first points.
func (r *Rest) Started() int64 { return r.started }

// Relabel says that the rest is written under other labels from the next
// Finish on. They are other series, which begin at 0: under labels that the
// rest had before, what it showed meanwhile would be counted again. What this
// scrape gives waits for a second sample.
func (r *Rest) Relabel() {
	r.started = 0
	for i := range r.series {
		s := &r.series[i]
		s.written, s.total, s.value = false, sum{}, 0
	}
}

func (r *Rest) retire(slot Slot) {
	if int(slot) < len(r.series) {
		r.series[slot] = remainder{waits: r.series[slot].waits}
	}
}

// Withhold says that the rest is not written in this scrape: what it is given
// waits until it is.
func (r *Rest) Withhold() { r.withheld = true }

// Discard says that nobody wants the rest: what it is given in this scrape is
// lost.
func (r *Rest) Discard() { r.discarded = true }

// settle adds what this scrape gave.
func (r *Rest) settle() {
	for slot := range r.series {
		switch s := &r.series[slot]; r.set.series[slot].Kind {
		case Flow:
			r.settleFlow(s)
		case Counter:
			if s.known {
				r.settleCounter(s)
			}
		}
	}
}

// settleCounter gives a counter that had no point yet its first one, 0, and
// lets the delta wait for the next: nobody can tell a first sample's growth.
func (r *Rest) settleCounter(s *remainder) {
	switch {
	case r.discarded:
		s.waits, s.written = sum{}, false
	case r.withheld || !s.written:
		s.waits.add(s.add)
		s.written = s.written || !r.withheld
	default:
		s.total.add(s.waits)
		s.total.add(s.add)
		s.waits = sum{}
		s.value = max(s.value, s.total.float())
	}
}

// settleFlow lets an amount that is not written wait until it is.
func (r *Rest) settleFlow(s *remainder) {
	switch {
	case r.discarded:
		s.waits = sum{}
	case r.withheld:
		s.waits.add(s.add)
	case s.waits != (sum{}):
		s.add.add(s.waits)
		s.members++
		s.waits = sum{}
	}
}

// Other says what the rest has of one series after Finish. Seen is false when
// it never had the series.
func (r *Rest) Other(slot Slot) (v Amount, seen bool) {
	if int(slot) >= len(r.series) || !r.series[slot].known {
		return Amount{}, false
	}
	s := &r.series[slot]
	series := r.set.series[slot]
	if series.Kind == Counter {
		return Amount{Int: s.total.i, Float: s.value}, true
	}
	if s.members == 0 {
		return Amount{}, true // exactly nothing, not what rounding left of it
	}
	v = Amount{Int: s.add.i, Float: s.add.float()}
	if series.Kind == Flow && series.Monotonic {
		v.Int, v.Float = max(v.Int, 0), math.Max(v.Float, 0)
	}
	return v, true
}

// Waits is the part of a counter's growth that Other does not show yet. It is
// 0 one scrape later.
func (r *Rest) Waits(slot Slot) Amount {
	if int(slot) >= len(r.series) {
		return Amount{}
	}
	w := &r.series[slot].waits
	return Amount{Int: w.i, Float: w.float()}
}

// Amount is a value of a series: its Float if the series has doubles, else
// its Int.
type Amount struct {
	Int   int64
	Float float64
}
