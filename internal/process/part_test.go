package process

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// member is a process of a part in a scrape, with a value of the integer
// counter and of the level.
type member struct {
	pid   int32
	part  Part
	v     int64
	level int64
}

// divided is an account with a level whose rest is divided.
type divided struct {
	*account
	levels Slot
}

func newDivided() *divided {
	a := newAccount()
	return &divided{a, a.slot(Series{Kind: Level})}
}

// pass is a scrape at a second of processes that began at the second 1; none
// is kept.
func (d *divided) pass(at int64, members ...member) {
	d.Begin()
	for _, m := range members {
		d.Release(d.add(at, m))
	}
	d.Finish()
}

func (d *divided) add(at int64, m member) *Process {
	p := d.meet(m.pid, 1, at)
	d.Assign(p, m.part)
	if m.v != none {
		d.AddInt(p, d.ints, m.v)
	}
	d.LevelInt(d.levels, m.level)
	return p
}

// has is what a part shows of the counter, what waits, and its level.
func (d *divided) has(part Part) [3]int64 {
	r := d.Part(part)
	v, _ := r.Other(d.ints)
	level, _ := r.Other(d.levels)
	return [3]int64{v.Int, r.Waits(d.ints).Int, level.Int}
}

func TestProcessesGiveToTheirParts(t *testing.T) {
	d := newDivided()
	d.pass(10, member{1, 0, 100, 1}, member{2, 1, 100, 20}, member{3, 2, 100, 300}, member{4, 1, 100, 4000})
	d.pass(20, member{1, 0, 101, 1}, member{2, 1, 120, 20}, member{3, 2, 400, 300}, member{4, 1, 4100, 4000})
	require.Equal(t, [3]int64{1, 0, 1}, d.has(0))
	require.Equal(t, [3]int64{4020, 0, 4020}, d.has(1))
	require.Equal(t, [3]int64{300, 0, 300}, d.has(2))
	require.Equal(t, []Part{0, 1, 2}, begun(d.Ledger))
	require.Same(t, d.Rest, d.Part(0))
}

func begun(l *Ledger) (parts []Part) {
	for part := range l.Parts() {
		parts = append(parts, part)
	}
	return parts
}

// A part's first sample is 0 at the scrape with its first points, whenever
// that is, and what it is given then comes with the second.
func TestAPartBeginsAsTheRestDoes(t *testing.T) {
	d := newDivided()
	d.pass(10, member{1, 0, 100, 1})
	require.Zero(t, d.Part(7).KnownSeries(), "it has not begun")
	require.Zero(t, d.has(7))
	d.pass(20, member{1, 7, 103, 1})
	require.Equal(t, [3]int64{0, 3, 1}, d.has(7))
	require.Equal(t, 2, d.Part(7).KnownSeries())
	require.Equal(t, 20*second, d.Part(7).Started())
	require.Equal(t, 10*second, d.Started())
	d.pass(30, member{1, 7, 107, 1})
	require.Equal(t, [3]int64{7, 0, 1}, d.has(7))
	require.Equal(t, 20*second, d.Part(7).Started())
	d.pass(40)
	require.Equal(t, [3]int64{7, 0, 0}, d.has(7), "nobody is there, its level is 0")
	require.Equal(t, []Part{0, 7}, begun(d.Ledger))
}

func TestAPartWithoutPointsHasNotStarted(t *testing.T) {
	a := newAccount()
	a.Begin()
	a.Assign(a.meet(1, 1, 10), 1)
	a.Finish()
	require.Zero(t, a.Part(1).Started())
	a.scrape(1, 1, 20, 100, 0)
	require.Equal(t, 20*second, a.Part(1).Started())
}

// What a process gave before it moved stays where it is.
func TestAProcessThatMoves(t *testing.T) {
	d := newDivided()
	d.pass(10, member{1, 1, 100, 5})
	d.pass(20, member{1, 1, 103, 5})
	d.pass(30, member{1, 2, 110, 5})
	require.Equal(t, [3]int64{3, 0, 0}, d.has(1))
	require.Equal(t, [3]int64{0, 7, 5}, d.has(2))
	d.pass(40, member{1, 0, 115, 5})
	require.Equal(t, [3]int64{7, 0, 0}, d.has(2))
	require.Equal(t, [3]int64{0, 5, 5}, d.has(0))
}

// A part has the series of a process that joined, though it stands still or is
// without the metric now, and none that the process never had.
func TestAPartHasTheCountersOfWhoJoins(t *testing.T) {
	for name, v := range map[string]int64{"it stands still": 100, "it is without the metric": none} {
		t.Run(name, func(t *testing.T) {
			d := newDivided()
			d.pass(10, member{1, 0, 100, 5})
			d.pass(20, member{1, 1, v, 5})
			_, seen := d.Part(1).Other(d.ints)
			require.True(t, seen)
			require.Equal(t, 2, d.Part(1).KnownSeries())
			d.pass(30, member{1, 1, 109, 5})
			require.Equal(t, [3]int64{9, 0, 5}, d.has(1))
		})
	}
	d := newDivided()
	d.pass(10, member{1, 0, 100, 5})
	d.pass(20, member{2, 1, none, 5}) // is thought to have what the one before it had
	_, seen := d.Part(1).Other(d.ints)
	require.False(t, seen)
}

// Kept processes may be of a part: while they are, it has nothing of them.
func TestAKeptProcessOfAPart(t *testing.T) {
	d := newDivided()
	scrape := func(at, v int64, part Part, labels uint64) int64 {
		d.Begin()
		d.add(at, member{2, 3, 0, 0}) // another one is at hand before and after it
		p := d.add(at, member{1, part, v, 5})
		d.add(at, member{3, 0, 0, 0})
		out := d.settle(p, at, labels)
		if labels != 0 {
			d.KeepInt(d.levels, 5)
		}
		d.Finish()
		return out
	}
	require.Equal(t, int64(100), scrape(10, 100, 1, 7))
	require.Equal(t, int64(103), scrape(20, 103, 1, 7))
	require.Equal(t, [3]int64{0, 0, 0}, d.has(1))
	require.Equal(t, int64(nothing), scrape(30, 110, 1, 0))
	require.Equal(t, [3]int64{7, 0, 5}, d.has(1))
	require.Equal(t, int64(103), scrape(40, 115, 2, 7), "what it used before it came back is its new part's")
	require.Equal(t, [3]int64{7, 0, 0}, d.has(1))
	require.Equal(t, [3]int64{0, 5, 0}, d.has(2))
	require.Equal(t, int64(104), scrape(50, 116, 1, 7), "it moves, its own series do not care")
	require.Equal(t, [3]int64{5, 0, 0}, d.has(2))
	require.Zero(t, d.has(0))
	require.Zero(t, d.has(3))
}

// What is not remembered, and a process that takes another one's place, belong
// to no part.
func TestWhoIsNotAssignedBelongsToTheRestProper(t *testing.T) {
	d := newDivided()
	d.Begin()
	former := d.add(10, member{1, 1, 0, 1})
	d.budget.Max = 1
	p, _ := d.See(sight(2, 1, 10, 1))
	require.Nil(t, p)
	d.LevelInt(d.levels, 20)
	d.Finish()
	require.Equal(t, [3]int64{0, 0, 20}, d.has(0))
	require.Equal(t, [3]int64{0, 0, 1}, d.has(1))

	d.Begin()
	d.Forget(former)
	d.Finish()
	d.Begin()
	p = d.meet(3, 1, 30)
	require.Same(t, former, p)
	require.Zero(t, d.PartOf(p))
	d.LevelInt(d.levels, 300)
	d.Finish()
	require.Equal(t, [3]int64{0, 0, 300}, d.has(0))
}

// To assign another process than the one at hand is possible; that one's
// values are its own part's.
func TestAssigningAnotherProcess(t *testing.T) {
	d := newDivided()
	d.Begin()
	p := d.add(10, member{1, 1, 0, 1})
	d.add(10, member{2, 2, 0, 20})
	d.Assign(p, 3)
	d.LevelInt(d.levels, 300)
	d.Finish()
	require.Equal(t, [3]int64{0, 0, 320}, d.has(2))
	require.Equal(t, Part(3), d.PartOf(p))
}

// A part that ended and begins again is the same series to a backend: it is a
// counter that began anew.
func TestAPartThatBeginsAgain(t *testing.T) {
	d := newDivided()
	d.pass(10, member{1, 1, 100, 5})
	d.pass(20, member{1, 1, 103, 5})
	d.EndPart(1)
	require.Equal(t, []Part{0}, begun(d.Ledger))
	require.Zero(t, d.PartOf(d.At(0)))
	d.pass(30, member{1, 1, 110, 5})
	require.Equal(t, [3]int64{0, 7, 5}, d.has(1))
	require.Equal(t, 30*second, d.Part(1).Started())
	d.pass(40, member{1, 1, 110, 5})
	require.Equal(t, [3]int64{7, 0, 5}, d.has(1))
	_, seen := d.Other(d.ints)
	require.False(t, seen, "nothing of it was the rest proper's")
}

// Nothing that a part did not come to show is lost.
func TestWhatWaitsInAPartThatEndsIsTheRestProper(t *testing.T) {
	d := newDivided()
	d.pass(10, member{1, 0, 100, 5})
	d.pass(20, member{2, 0, 1, 5}, member{1, 1, 103, 5})
	require.Equal(t, [3]int64{0, 3, 5}, d.has(1))
	require.Equal(t, [3]int64{0, 0, 5}, d.has(0))
	d.EndPart(1)
	require.Equal(t, [3]int64{0, 3, 5}, d.has(0), "the level of a scrape that is over stays as it was said")
	d.pass(30, member{1, 0, 103, 5})
	require.Equal(t, [3]int64{3, 0, 5}, d.has(0))
}

// It has the series of what it inherits, with a first sample as any other.
func TestTheRestProperGetsTheSeriesThatItInherits(t *testing.T) {
	d := newDivided()
	d.pass(10, member{1, 1, 100, 5})
	d.Part(1).Relabel()
	d.pass(20, member{1, 1, 103, 5})
	d.EndPart(1)
	d.pass(30)
	require.Equal(t, [3]int64{0, 3, 0}, d.has(0))
	require.Equal(t, 1, d.KnownSeries(), "nothing of the level was left")
	d.pass(40)
	require.Equal(t, [3]int64{3, 0, 0}, d.has(0))
}

// A part may end while a scrape of its processes is under way.
func TestAPartThatEndsDuringAScrape(t *testing.T) {
	d := newDivided()
	d.Begin()
	p := d.add(10, member{1, 1, 100, 5})
	d.settle(p, 10, 7) // is kept
	d.KeepInt(d.levels, 5)
	d.Release(d.add(10, member{2, 1, 100, 40}))
	d.Finish()

	d.Begin()
	p = d.add(20, member{1, 1, 103, 5})
	d.Release(d.add(20, member{2, 1, 120, 40}))
	p.Verdict = 9
	d.EndPart(1)
	d.LevelInt(d.levels, 300) // of the process at hand
	require.Zero(t, p.Verdict, "it is to be assigned anew")
	require.Zero(t, d.PartOf(p))
	d.Release(p)
	d.Finish()
	require.Equal(t, [3]int64{0, 23, 345}, d.has(0))
	require.Zero(t, d.has(1))
	d.pass(30)
	require.Equal(t, [3]int64{23, 0, 0}, d.has(0))
}

// A process's own delta is not lost either if the rest proper never had the
// series.
func TestAnOwnDeltaOutlivesItsPart(t *testing.T) {
	d := newDivided()
	for i, v := range []int64{100, 103} {
		at := int64(10*i + 10)
		d.Begin()
		p := d.add(at, member{1, 1, v, 0})
		if i == 0 {
			d.settle(p, at, 7)
		} else {
			d.EndPart(1)
			d.Release(p)
		}
		d.Finish()
	}
	require.Equal(t, [3]int64{0, 3, 0}, d.has(0))
	d.pass(30)
	require.Equal(t, [3]int64{3, 0, 0}, d.has(0))
}

// A process that is missing when its part ends comes back to none.
func TestAMissingProcessOfAPartThatEnded(t *testing.T) {
	d := newDivided()
	d.pass(10, member{1, 1, 100, 5})
	d.pass(20)
	d.At(0).Verdict = 9
	d.EndPart(1)
	d.EndPart(1)  // a second time has no effect
	d.EndPart(99) // nor has one that never began
	d.pass(30, member{2, 1, 0, 0})
	d.Begin()
	p := d.meet(1, 1, 40)
	require.Zero(t, d.PartOf(p), "not to another part of the same number")
	require.Zero(t, p.Verdict)
	d.AddInt(p, d.ints, 103)
	d.Release(p)
	d.Finish()
	require.Equal(t, [3]int64{0, 3, 0}, d.has(0))
}

func TestTheRestProperDoesNotEnd(t *testing.T) {
	d := newDivided()
	d.pass(10, member{1, 0, 100, 5})
	d.pass(20, member{1, 0, 103, 5})
	d.EndPart(0)
	require.Equal(t, [3]int64{3, 0, 5}, d.has(0))
	require.Same(t, d.Rest, d.Part(0))
}

// What is said of one part leaves the others alone.
func TestPartsAreWithheldDiscardedAndRelabelledOneByOne(t *testing.T) {
	for name, c := range map[string]struct {
		say  func(*Rest)
		want [3]int64
	}{
		"withheld":   {(*Rest).Withhold, [3]int64{3, 4, 5}},
		"discarded":  {(*Rest).Discard, [3]int64{3, 0, 5}},
		"relabelled": {(*Rest).Relabel, [3]int64{0, 4, 5}},
	} {
		for part := range Part(2) {
			t.Run(name, func(t *testing.T) {
				d := newDivided()
				d.pass(10, member{1, 0, 100, 5}, member{2, 1, 100, 5})
				d.pass(20, member{1, 0, 103, 5}, member{2, 1, 103, 5})
				d.Begin()
				d.Release(d.add(30, member{1, 0, 107, 5}))
				d.Release(d.add(30, member{2, 1, 107, 5}))
				c.say(d.Part(part))
				d.Finish()
				require.Equal(t, c.want, d.has(part))
				require.Equal(t, [3]int64{7, 0, 5}, d.has(1-part))
			})
		}
	}
}

// The host's own matters are all parts'.
func TestAllPartsAreRelabelledRetiredAndRewound(t *testing.T) {
	for name, c := range map[string]struct {
		say     func(*divided)
		started int64
		want    [3]int64
	}{
		"relabelled": {func(d *divided) { d.Relabel() }, 30, [3]int64{0, 4, 5}},
		"rewound":    {func(d *divided) { d.Rewind() }, 30, [3]int64{0, 4, 5}},
		"retired":    {func(d *divided) { d.Retire(d.ints) }, 10, [3]int64{0, 4, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDivided()
			d.pass(10, member{1, 0, 100, 5}, member{2, 1, 100, 5})
			d.pass(20, member{1, 0, 103, 5}, member{2, 1, 103, 5})
			c.say(d)
			d.pass(30, member{1, 0, 107, 5}, member{2, 1, 107, 5})
			for part, r := range d.Parts() {
				require.Equal(t, c.want, d.has(part), "part %d", part)
				require.Equal(t, c.started*second, r.Started(), "part %d", part)
			}
		})
	}
}

func TestGivenIsOfAllPartsAndOfThoseThatEnded(t *testing.T) {
	d := newDivided()
	d.pass(10, member{1, 0, 100, 5}, member{2, 1, 100, 20}, member{3, 2, 100, 300})
	d.pass(20, member{1, 0, 101, 5}, member{2, 1, 120, 20}, member{3, 2, 400, 300})
	given, seen := d.Given(d.levels)
	require.True(t, seen)
	require.Equal(t, int64(325), given.Int)
	d.EndPart(1)
	given, seen = d.Given(d.ints)
	require.True(t, seen)
	require.Equal(t, int64(321), given.Int)
	d.EndPart(2)
	_, seen = d.Given(d.slot(Series{Kind: Counter}))
	require.False(t, seen)
}

// In whatever order a scrape lists the processes, its parts have the same.
func TestTheOrderOfProcessesIsOfNoAccountToParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := newDivided(), newDivided()
		values := map[int32]int64{}
		for i := range rapid.IntRange(2, 6).Draw(t, "scrapes") {
			at := int64(10*i + 10)
			var members []member
			for pid := range int32(pids) {
				values[pid] += rapid.Int64Range(0, 9).Draw(t, "growth")
				part := Part(rapid.IntRange(0, 3).Draw(t, "part"))
				members = append(members, member{pid + 1, part, values[pid], int64(pid)})
			}
			first.pass(at, members...)
			second.pass(at, rapid.Permutation(members).Draw(t, "order")...)
			for part := range Part(4) {
				require.Equal(t, first.has(part), second.has(part))
			}
		}
	})
}

// Nothing is allocated for a process of a part that was met before, even if it
// moves.
func TestAKnownProcessOfAPartDoesNotAllocate(t *testing.T) {
	const processes = 200
	d := newDivided()
	for at := int64(10); at <= 20; at += 10 {
		d.Begin()
		for i := range int32(processes) {
			d.Release(d.add(at, member{i + 1, Part(i % 4), at, 1}))
		}
		d.Finish()
	}
	d.Begin()
	next := int32(0)
	got := testing.AllocsPerRun(processes-1, func() {
		d.Release(d.add(30, member{next + 1, Part(next+1) % 4, 30, 1}))
		next++
	})
	require.Zero(t, got)
	require.Equal(t, int32(processes), next)
	d.Finish()
	require.Equal(t, [3]int64{processes / 4 * 20, 0, processes / 4}, d.has(2))
}
