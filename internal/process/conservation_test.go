package process

import (
	"fmt"
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
	levels      Slot
	parts       Part  // processes are assigned to parts up to this one
	now, before int64 // of this scrape and the one before, 0 for none
	live        map[int32]*creature
	known       map[int32]*reference
	truth       usage
	given       map[Part]usage // of it, what is not the processes' own
	backends    []*backend
	labels      map[Part]uint64
	dropped     map[int32]bool // of this scrape: is not kept
}

// creature is a process with a counter of each type, and a level.
type creature struct {
	begun  int64
	labels uint64
	used   usage
	level  int64
}

// After every scrape what a backend counts for the kept processes and for all
// parts of the rest, with what waits, is what all processes used.
func TestTotalsAreConserved(t *testing.T) {
	for parts := range Part(4) {
		t.Run(fmt.Sprint(parts, " parts besides the rest proper"), rapid.MakeCheck(func(t *rapid.T) {
			w := newWorld(parts)
			for range rapid.IntRange(0, pids).Draw(t, "processes") {
				w.spawn(t, rapid.Int64Range(1, 900).Draw(t, "begun")*second)
			}
			for range rapid.IntRange(2, 15).Draw(t, "scrapes") {
				w.scrape(t)
				w.check(t)
				w.step(t)
			}
		}))
	}
}

func newWorld(parts Part) *world {
	w := &world{
		account: newAccount(), parts: parts, now: 1000 * second,
		live: map[int32]*creature{}, known: map[int32]*reference{}, labels: map[Part]uint64{},
		given: map[Part]usage{}, backends: []*backend{newBackend(false), newBackend(true)},
	}
	w.levels = w.slot(Series{Kind: Level})
	return w
}

func newBackend(believes bool) *backend {
	return &backend{believes: believes, last: map[series]*reference{}, parts: map[Part]usage{}}
}

func (w *world) check(t *rapid.T) {
	for part := range w.parts + 1 {
		level, _ := w.Part(part).Other(w.levels)
		require.Equal(t, w.level(part), level.Int, "level of part %d", part)
	}
	for _, b := range w.backends {
		all := b.kept
		for part := range w.parts + 1 {
			counted := b.parts[part].plus(w.waits(part))
			w.equal(t, w.given[part], counted, "part %d, start times believed: %v", part, b.believes)
			all = all.plus(counted)
		}
		w.equal(t, w.truth, all, "in all, start times believed: %v", b.believes)
	}
	given, _ := w.Given(w.ints)
	require.Equal(t, w.givenToAll().ints, given.Int)
}

func (w *world) waits(part Part) usage {
	r := w.Part(part)
	return usage{r.Waits(w.ints).Int, r.Waits(w.doubles).Float}
}

func (w *world) givenToAll() (all usage) {
	for _, u := range w.given {
		all = all.plus(u)
	}
	return all
}

// equal compares integers exactly, doubles to one part in 1e9 of all there is.
func (w *world) equal(t *rapid.T, want, got usage, about ...any) {
	require.Equal(t, want.ints, got.ints, about...)
	require.InDelta(t, want.doubles, got.doubles, 1e-9*math.Max(1, w.truth.doubles), about...)
}

// level is that of the processes of a part that are not kept.
func (w *world) level(part Part) (sum int64) {
	w.Processes(func(p *Process) {
		if pid := p.ID().PID; w.dropped[pid] && w.PartOf(p) == part {
			sum += w.live[pid].level
		}
	})
	return sum
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
	c.level = rapid.Int64Range(-9, 9).Draw(t, "level")
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
	w.relabel(t)
	w.endPart(t)
	w.Begin()
	w.Release(w.meet(pids+1, 1, w.now/second)) // always there, and without counters
	w.dropped = map[int32]bool{}
	var visits []visit
	for pid := range int32(pids) {
		if c := w.live[pid+1]; c != nil && rapid.IntRange(0, 6).Draw(t, "unreadable") != 0 {
			visits = append(visits, w.visit(t, pid+1, c))
			w.endPart(t)
		}
	}
	for _, v := range visits {
		w.settle(t, v)
	}
	withheld := map[Part]bool{}
	for part, r := range w.Parts() {
		if withheld[part] = rapid.IntRange(0, 8).Draw(t, "withheld") == 0; withheld[part] {
			r.Withhold()
		}
	}
	w.Finish()
	w.forgetReferences()
	w.readParts(withheld)
}

func (w *world) forgetReferences() {
	for pid, r := range w.known {
		if r.missed++; r.missed > ForgetAfter {
			delete(w.known, pid)
		}
	}
}

// relabel gives all parts, or one, other labels, which they may have had
// before.
func (w *world) relabel(t *rapid.T) {
	label := rapid.Uint64Range(0, 2)
	switch rapid.IntRange(0, 8).Draw(t, "relabel") {
	case 0:
		w.Relabel()
		for part := range w.parts + 1 {
			w.labels[part] = label.Draw(t, "label")
		}
	case 1:
		part := w.part(t)
		w.Part(part).Relabel()
		w.labels[part] = label.Draw(t, "label")
	}
}

func (w *world) part(t *rapid.T) Part {
	return Part(rapid.IntRange(0, int(w.parts)).Draw(t, "part"))
}

// endPart ends a part now and then; it begins again under the same labels. What
// waits in it is the rest proper's.
func (w *world) endPart(t *rapid.T) {
	if part := w.part(t); part > 0 && rapid.IntRange(0, 8).Draw(t, "end") == 0 {
		waits := w.waits(part)
		w.given[0] = w.given[0].plus(waits)
		w.given[part] = w.given[part].plus(usage{-waits.ints, -waits.doubles})
		w.EndPart(part)
	}
}

// visit is a process in a scrape, before it is kept or released.
type visit struct {
	*Process
	*creature
	*reference
	complete bool  // it has its counters
	grown    usage // by the rules
}

func (w *world) visit(t *rapid.T, pid int32, c *creature) visit {
	p := w.meet(pid, c.begun/second, w.now/second)
	if rapid.IntRange(0, 3).Draw(t, "assign") == 0 {
		w.Assign(p, w.part(t))
	}
	r := w.known[pid]
	isNew := r == nil || r.begun != c.begun
	if isNew {
		r = &reference{begun: c.begun}
		w.known[pid] = r
	}
	r.missed = 0
	v := visit{Process: p, creature: c, reference: r, complete: rapid.IntRange(0, 8).Draw(t, "without counters") != 0}
	if v.complete {
		v.grown = w.add(t, p, r, isNew && w.before > 0 && c.begun >= w.before-2*second, c.used)
	}
	w.LevelInt(w.levels, c.level)
	return v
}

func (w *world) settle(t *rapid.T, v visit) {
	labels := v.labels
	if rapid.Bool().Draw(t, "release") {
		labels = 0
	}
	if part := w.PartOf(v.Process); labels == 0 || v.written != labels {
		w.given[part] = w.given[part].plus(v.grown)
		v.written = 0
	}
	if labels == 0 {
		w.Release(v.Process)
		w.dropped[v.ID().PID] = true
		return
	}
	w.Keep(v.Process, labels)
	w.KeepInt(w.levels, v.level)
	if v.complete {
		v.written = labels
		w.emit(t, v)
	}
}

func (w *world) emit(t *rapid.T, v visit) {
	ints, start, ok := w.Emit(v.Process, w.ints, w.now)
	require.True(t, ok)
	doubles, _, ok := w.Emit(v.Process, w.doubles, w.now)
	require.True(t, ok)
	for _, b := range w.backends {
		b.read(series{kept: true, labels: v.labels, start: start}, w.now, usage{ints.Int, doubles.Float})
	}
}

func (w *world) readParts(withheld map[Part]bool) {
	for part, r := range w.Parts() {
		ints, has := r.Other(w.ints)
		doubles, hasDoubles := r.Other(w.doubles)
		if withheld[part] || (!has && !hasDoubles) {
			continue // a counter that it has not shows 0, as its first sample will
		}
		for _, b := range w.backends {
			b.read(series{part: part, labels: w.labels[part], start: r.Started()}, w.now, usage{ints.Int, doubles.Float})
		}
	}
}

// add takes both counters into the account and into the truth, and returns by
// how much they grew.
func (w *world) add(t *rapid.T, p *Process, r *reference, born bool, v usage) usage {
	want := r.grow(born, v)
	got, ok := w.AddInt(p, w.ints, v.ints)
	require.True(t, ok)
	require.Equal(t, want.ints, got)
	gotFloat, ok := w.AddFloat(p, w.doubles, v.doubles)
	require.True(t, ok)
	require.Equal(t, want.doubles, gotFloat)
	w.truth = w.truth.plus(want)
	return want
}
