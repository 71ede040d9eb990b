package process

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// pids is how many there are: soon each is one that was used before.
const pids = 8

// world is a host on which processes come, go, change and misbehave, and what
// they truly used by the rules for a delta of the input.
type world struct {
	*account
	now, before int64 // of this scrape and the one before, 0 for none
	live        map[int32]*creature
	known       map[int32]*reference
	truth       usage
	kept, rest  backend
	label       int // of the rest
}

// creature is a process with a counter of each type.
type creature struct {
	begun  int64
	labels uint64
	used   usage
}

// reference is what is remembered of a process.
type reference struct {
	begun   int64
	counted bool
	used    usage
	missed  int
}

type usage struct {
	ints    int64
	doubles float64
}

func number[N int64 | float64](r *reference, born bool, ref, v N) (delta, next N) {
	switch {
	case !r.counted && born:
		return v, v
	case !r.counted:
		return 0, v
	case v >= ref:
		return v - ref, v
	case float64(ref-v) <= 0.01*float64(ref):
		return 0, ref
	}
	return v, v
}

// grow returns by how much a process grew, and remembers it.
func (r *reference) grow(born bool, v usage) (delta usage) {
	delta.ints, r.used.ints = number(r, born, r.used.ints, v.ints)
	delta.doubles, r.used.doubles = number(r, born, r.used.doubles, v.doubles)
	r.counted = true
	return delta
}

// backend keeps the last values of every series for ever, takes the first ones
// for nothing, and a fall for a reset.
type backend struct {
	last map[uint64]*reference
	used usage
}

func (b *backend) read(series uint64, v usage) {
	if b.last[series] == nil {
		b.last[series] = &reference{}
	}
	r := b.last[series]
	if r.counted && v.ints < r.used.ints {
		r.used.ints = 0
	}
	if r.counted && v.doubles < r.used.doubles {
		r.used.doubles = 0
	}
	delta := r.grow(false, v)
	b.used.ints += delta.ints
	b.used.doubles += delta.doubles
}

// After every scrape what a backend counts for the kept processes and for the
// rest, with what waits, is what all processes used.
func TestTotalsAreConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{
			account: newAccount(), now: 1000 * second,
			live: map[int32]*creature{}, known: map[int32]*reference{},
			kept: backend{last: map[uint64]*reference{}}, rest: backend{last: map[uint64]*reference{}},
		}
		for range rapid.IntRange(0, pids).Draw(t, "processes") {
			w.spawn(t, rapid.Int64Range(1, 900).Draw(t, "begun")*second)
		}
		for range rapid.IntRange(2, 15).Draw(t, "scrapes") {
			w.scrape(t)
			w.check(t)
			w.step(t)
		}
	})
}

func (w *world) check(t *rapid.T) {
	waits, waitsFloat := w.Waits(w.ints).Int, w.Waits(w.doubles).Float
	require.Equal(t, w.truth.ints, w.kept.used.ints+w.rest.used.ints+waits)
	got := w.kept.used.doubles + w.rest.used.doubles + waitsFloat
	require.InDelta(t, w.truth.doubles, got, 1e-9*math.Max(1, w.truth.doubles))
}

func (w *world) spawn(t *rapid.T, begun int64) {
	pid := rapid.Int32Range(1, pids).Draw(t, "pid")
	if w.live[pid] == nil {
		c := &creature{begun: begun, labels: uint64(pid)}
		c.work(t)
		w.live[pid] = c
	}
}

func (c *creature) work(t *rapid.T) {
	c.used.ints += rapid.Int64Range(0, 1e9).Draw(t, "growth")
	c.used.doubles += rapid.Float64Range(0, 1e4).Draw(t, "growth")
}

// step lets time pass.
func (w *world) step(t *rapid.T) {
	w.before = w.now
	w.now += rapid.Int64Range(1, 60).Draw(t, "interval") * second
	for pid := range int32(pids) {
		c := w.live[pid+1]
		if c == nil {
			continue
		}
		c.work(t)
		switch rapid.IntRange(0, 12).Draw(t, "event") {
		case 0:
			delete(w.live, pid+1)
		case 1: // a reset
			c.used = usage{c.used.ints / 3, c.used.doubles / 3}
		case 2: // a dip, if it did not work much
			c.used = usage{c.used.ints - c.used.ints/200, c.used.doubles * 0.995}
		case 3: // setproctitle
			c.labels = uint64(pid+1) + 100*rapid.Uint64Range(0, 2).Draw(t, "title")
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "births") {
		w.spawn(t, w.now-rapid.Int64Range(0, 70).Draw(t, "age")*second)
	}
}

// scrape accounts for what can be read, and reads what is written.
func (w *world) scrape(t *rapid.T) {
	if rapid.IntRange(0, 8).Draw(t, "relabel") == 0 {
		w.Relabel()
		w.label++
	}
	w.Begin()
	w.Release(w.meet(pids+1, 1, w.now/second)) // always there, and without counters
	for pid := range int32(pids) {
		if c := w.live[pid+1]; c != nil && rapid.IntRange(0, 6).Draw(t, "unreadable") != 0 {
			w.visit(t, pid+1, c)
		}
	}
	written := rapid.IntRange(0, 8).Draw(t, "withheld") != 0
	if !written {
		w.Withhold()
	}
	w.Finish()
	for pid, r := range w.known {
		if r.missed++; r.missed > ForgetAfter {
			delete(w.known, pid)
		}
	}
	ints, seen := w.Other(w.ints)
	if written && seen {
		doubles, _ := w.Other(w.doubles)
		w.rest.read(uint64(w.label), usage{ints.Int, doubles.Float})
	}
}

func (w *world) visit(t *rapid.T, pid int32, c *creature) {
	p := w.meet(pid, c.begun/second, w.now/second)
	r := w.known[pid]
	isNew := r == nil || r.begun != c.begun
	if isNew {
		r = &reference{begun: c.begun}
		w.known[pid] = r
	}
	r.missed = 0
	complete := rapid.IntRange(0, 8).Draw(t, "without counters") != 0
	if complete {
		w.add(t, p, r, isNew && w.before > 0 && c.begun >= w.before-2*second, c.used)
	}
	if rapid.Bool().Draw(t, "release") {
		w.Release(p)
		return
	}
	w.Keep(p, c.labels)
	if complete {
		ints, _, ok := w.Emit(p, w.ints, w.now)
		require.True(t, ok)
		doubles, _, ok := w.Emit(p, w.doubles, w.now)
		require.True(t, ok)
		w.kept.read(c.labels, usage{ints.Int, doubles.Float})
	}
}

// add takes both counters into the account and into the truth.
func (w *world) add(t *rapid.T, p *Process, r *reference, born bool, v usage) {
	want := r.grow(born, v)
	got, ok := w.AddInt(p, w.ints, v.ints)
	require.True(t, ok)
	require.Equal(t, want.ints, got)
	gotFloat, ok := w.AddFloat(p, w.doubles, v.doubles)
	require.True(t, ok)
	require.Equal(t, want.doubles, gotFloat)
	w.truth.ints += want.ints
	w.truth.doubles += want.doubles
}
