package process

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// step is one scrape of a story: what comes in, under which labels the process
// is kept (0: it is not), what is written with which start, and what the rest
// has then.
type step struct {
	v      int64
	labels uint64
	out    int64
	start  int64 // second
	other  int64
}

// Scrapes are at the seconds 10, 20, 30 …; another process is in all of them.
var memberships = map[string]struct {
	begun int64
	story []step
}{
	"kept from the first scrape on, the values are the input's": {1, []step{
		{100, 1, 100, 10, 0},
		{130, 1, 130, 10, 0},
	}},
	"a first membership starts from the value less what the rest was given": {1, []step{
		{100, 0, nothing, 0, 0},
		{130, 0, nothing, 0, 30},
		{150, 1, 100, 30, 50},
		{160, 1, 110, 30, 50},
	}},
	"one met after the first scrape starts at 0": {1, []step{
		{gone, 0, nothing, 0, 0},
		{100, 1, 0, 20, 0},
		{130, 1, 30, 20, 0},
	}},
	"what one used before it was kept at birth is the rest's": {15, []step{
		{gone, 0, nothing, 0, 0},
		{7, 1, 0, 20, 7},
		{9, 1, 2, 20, 7},
	}},
	"one that comes back goes on from the last value written": {1, []step{
		{100, 1, 100, 10, 0},
		{130, 1, 130, 10, 0},
		{150, 0, nothing, 0, 20},
		{170, 1, 130, 40, 40},
		{175, 1, 135, 40, 40},
	}},
	"other labels are another series, from 0": {1, []step{
		{100, 1, 100, 10, 0},
		{130, 2, 0, 20, 30},
		{150, 2, 20, 20, 30},
	}},
	"so are the first ones, when they come back": {1, []step{
		{100, 1, 100, 10, 0},
		{130, 2, 0, 20, 30},
		{150, 1, 0, 30, 50},
		{151, 1, 1, 30, 50},
	}},
	"labels may change while it is not kept": {1, []step{
		{100, 1, 100, 10, 0},
		{130, 0, nothing, 0, 30},
		{150, 2, 0, 30, 50},
	}},
	"a reset adds all that came after it": {1, []step{
		{100, 1, 100, 10, 0},
		{40, 1, 140, 10, 0},
		{50, 1, 150, 10, 0},
	}},
	"a reset before the first membership leaves nothing to start from": {1, []step{
		{100, 0, nothing, 0, 0},
		{50, 0, nothing, 0, 50},
		{60, 1, 0, 30, 60},
		{70, 1, 10, 30, 60},
	}},
	"a reset between memberships": {1, []step{
		{100, 1, 100, 10, 0},
		{50, 0, nothing, 0, 50},
		{60, 1, 100, 30, 60},
	}},
	"a dip is written as no growth": {1, []step{
		{1000, 1, 1000, 10, 0},
		{995, 1, 1000, 10, 0},
		{1002, 1, 1002, 10, 0},
	}},
	"a metric's gap keeps the membership": {1, []step{
		{100, 1, 100, 10, 0},
		{none, 1, nothing, 0, 0},
		{130, 1, 130, 10, 0},
	}},
	"a process's gap keeps the membership": {1, []step{
		{100, 1, 100, 10, 0},
		{gone, 0, nothing, 0, 0},
		{130, 1, 130, 10, 0},
	}},
	"a membership ends while the metric is missing": {1, []step{
		{100, 1, 100, 10, 0},
		{none, 0, nothing, 0, 0},
		{130, 1, 100, 30, 30},
	}},
	"own counters saturate": {1, []step{
		{math.MaxInt64, 1, math.MaxInt64, 10, 0},
		{5, 1, math.MaxInt64, 10, 0},
	}},
}

func TestMemberships(t *testing.T) {
	for name, c := range memberships {
		t.Run(name, func(t *testing.T) {
			a := newAccount()
			for i, s := range c.story {
				at := int64(10*i + 10)
				out, start := a.play(c.begun, at, s)
				require.Equal(t, s.out, out, "written in scrape %d", i+1)
				require.Equal(t, s.start*second, start, "start in scrape %d", i+1)
				require.Equal(t, [2]int64{s.other, 0}, a.other(), "rest after scrape %d", i+1)
			}
		})
	}
}

// play lets process 2 live through a step; process 1 has the counter too.
func (a *account) play(begun, at int64, s step) (out, start int64) {
	a.Begin()
	defer a.Finish()
	bystander := a.meet(1, 1, at)
	a.AddInt(bystander, a.ints, 0)
	a.Release(bystander)
	if s.v == gone {
		return nothing, 0
	}
	p := a.meet(2, begun, at)
	if s.v != none {
		a.AddInt(p, a.ints, s.v)
	}
	if s.labels == 0 {
		a.Release(p)
		return nothing, 0
	}
	a.Keep(p, s.labels)
	if s.v == none {
		return nothing, 0
	}
	v, start, ok := a.Emit(p, a.ints, at*second)
	if !ok {
		return nothing, 0
	}
	return v.Int, start
}

func TestOwnDoublesSaturate(t *testing.T) {
	a := newAccount()
	for i, v := range []float64{math.MaxFloat64, math.MaxFloat64 / 2} { // a reset
		at := int64(10*i + 10)
		a.Begin()
		p := a.meet(1, 1, at)
		a.AddFloat(p, a.doubles, v)
		a.Keep(p, 1)
		out, _, ok := a.Emit(p, a.doubles, at*second)
		require.True(t, ok)
		require.Equal(t, math.MaxFloat64, out.Float)
		a.Finish()
	}
}

func TestACounterIsWrittenOnce(t *testing.T) {
	a := newAccount()
	a.Begin()
	p := a.meet(1, 1, 10)
	a.AddInt(p, a.ints, 5)
	a.Keep(p, 1)
	_, _, ok := a.Emit(p, a.ints, 10*second)
	require.True(t, ok)
	_, _, ok = a.Emit(p, a.ints, 10*second)
	require.False(t, ok, "a second time in a scrape")
	_, _, ok = a.Emit(p, a.doubles, 10*second)
	require.False(t, ok, "one that the process does not have")
}

func TestKeptTellsOfThePreviousSample(t *testing.T) {
	a := newAccount()
	a.scrape(1, 1, 10, 5, 0)
	require.False(t, kept(a.At(0)))
	a.scrape(1, 1, 20, 5, 7)
	require.True(t, kept(a.At(0)))
	a.scrape(1, 1, 30, 5, 0)
	require.False(t, kept(a.At(0)))
}

// A PID that comes back is another process: the old one leaves, and what the
// new one used before it is kept is the rest's.
func TestAReusedPIDIsLeaveAndJoin(t *testing.T) {
	a := newAccount()
	require.Equal(t, int64(100), a.scrape(1, 1, 10, 100, 7))
	former := a.At(0)
	a.Begin()
	p := a.meet(1, 15, 20)
	require.NotSame(t, former, p)
	require.True(t, p.New())
	require.True(t, p.Born())
	require.Equal(t, ID{1, 15 * second}, p.ID())
	a.AddInt(p, a.ints, 30)
	require.Equal(t, int64(0), a.settle(p, 20, 7), "a backend sees a reset to 0")
	a.Finish()
	require.Equal(t, [2]int64{30, 0}, a.other())
	require.Equal(t, 1, a.Len())
}

// A scraper that cannot read the creation time reports the time of the scrape.
func TestACreationTimeOfNowIsTheSameProcess(t *testing.T) {
	for name, c := range map[string]struct {
		name      uint32
		notFallen bool
		same      bool
	}{
		"same name, no counter fell": {1, true, true},
		"a counter fell":             {1, false, false},
		"another name":               {2, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount()
			a.scrape(1, 5, 10, 100, 7)
			a.Begin()
			s := sight(1, 20, 20, c.name)
			s.NotFallen = func(*Process) bool { return c.notFallen }
			p, elapsed := a.See(s)
			require.Equal(t, c.same, !p.New())
			if c.same {
				require.Equal(t, 10*second, elapsed)
				require.Equal(t, ID{1, 5 * second}, p.ID(), "the earlier of the two")
				a.AddInt(p, a.ints, 103)
				require.Equal(t, int64(103), a.settle(p, 20, 7))
			}
		})
	}
}

func TestACreationTimeMayBeKnownLater(t *testing.T) {
	a := newAccount()
	a.scrape(1, 0, 10, 100, 7)
	a.Begin()
	s := sight(1, 5, 20, 1)
	s.NotFallen = func(*Process) bool { return true }
	p, _ := a.See(s)
	require.False(t, p.New())
	require.Equal(t, ID{1, 5 * second}, p.ID())
}

// kept reports whether a process's own series were written at its previous
// sample.
func kept(p *Process) bool { return p.shown != nil && p.shown.emitted != 0 }
