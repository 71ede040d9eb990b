package process

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASetNumbersSeries(t *testing.T) {
	s := NewSet()
	for i := range MaxSeries {
		want := Series{Kind: Kind(i % 4), Float: i%3 == 0, Monotonic: i%2 == 0}
		slot, ok := s.Add(want)
		require.True(t, ok)
		require.Equal(t, Slot(i), slot)
		require.Equal(t, want, s.At(slot))
	}
	_, ok := s.Add(Series{})
	require.False(t, ok)
	require.Equal(t, MaxSeries, s.Len())
}

// A process has only so many counters; the others' points are counted and not
// written.
func TestCountersOfOneProcessAreLimited(t *testing.T) {
	a := newAccount()
	a.Begin()
	p := a.meet(1, 1, 10)
	for i := range MaxCounters {
		_, ok := a.AddInt(p, a.slot(Series{}), int64(i))
		require.True(t, ok)
	}
	beyond := a.slot(Series{})
	_, ok := a.AddInt(p, beyond, 1)
	require.False(t, ok)
	require.Equal(t, Faults{Untracked: 1}, a.Faults)
	a.Keep(p, 7)
	for i := range MaxCounters {
		v, _, ok := a.Emit(p, Slot(2+i), 10*second)
		require.True(t, ok)
		require.Equal(t, int64(i), v.Int)
	}
	_, _, ok = a.Emit(p, beyond, 10*second)
	require.False(t, ok)
	a.Finish()
}

// Processes with the same counters in the same order share a layout, so one
// holds nothing but its values.
func TestProcessesShareLayouts(t *testing.T) {
	a := newAccount()
	a.Begin()
	for pid := range int32(100) {
		p := a.meet(pid+1, 1, 10)
		a.AddInt(p, a.ints, 1)
		a.AddFloat(p, a.doubles, 1)
		require.Same(t, a.At(0).form, p.form)
	}
	require.Len(t, a.set.layouts, 3) // none, one and both
}

// One process with as many counters as there may be is no reason not to follow
// another one's, which are others.
func TestOneProcessDoesNotTakeTheOthersRoom(t *testing.T) {
	a := newAccount()
	a.Begin()
	hostile := a.meet(1, 1, 10)
	for range MaxCounters {
		a.AddInt(hostile, a.slot(Series{}), 1)
	}
	p := a.meet(2, 1, 10)
	_, ok := a.AddInt(p, a.ints, 5)
	require.True(t, ok)
	_, ok = a.AddFloat(p, a.doubles, 5)
	require.True(t, ok)
	require.Zero(t, a.Faults)
}

// On a hostile host every process gets its counters in an order of its own.
// Beyond the limit of layouts the points are counted, and what is followed
// stays right.
func TestLayoutsAreLimited(t *testing.T) {
	a := newAccount()
	var slots []Slot
	for range MaxCounters {
		slots = append(slots, a.slot(Series{}))
	}
	const processes = 40
	a.Begin()
	for pid := range int32(processes) {
		a.meet(pid+1, 1, 10) // without a counter
	}
	a.Finish()
	type counter struct {
		pid  int32
		slot Slot
	}
	accepted := map[counter]bool{}
	for _, v := range []int64{100, 105} {
		a.Begin()
		refused := 0
		for pid := range int32(processes) {
			p := a.meet(pid+1, 1, v)
			for i := range slots {
				c := counter{pid, slots[(i*7+int(pid)*13)%len(slots)]}
				delta, ok := a.AddInt(p, c.slot, v)
				if !ok {
					refused++
					require.False(t, accepted[c], "what is followed stays so")
					continue
				}
				require.Equal(t, accepted[c], delta == 5)
				accepted[c] = true
			}
			a.Release(p)
		}
		require.Positive(t, refused)
		require.Equal(t, Faults{Untracked: refused}, a.Faults)
		a.Finish()
	}
	n := len(a.set.layouts)
	require.Equal(t, maxLayouts, n)
}

// The order in which a process lists its counters is of no account.
func TestCountersMayComeInAnyOrder(t *testing.T) {
	a := newAccount()
	var slots []Slot
	for range 5 {
		slots = append(slots, a.slot(Series{}))
	}
	for scrape := range int64(6) {
		at := 10*scrape + 10
		a.Begin()
		p := a.meet(1, 1, at)
		for i := range slots {
			n := (i*3 + int(scrape)) % len(slots)
			delta, ok := a.AddInt(p, slots[n], scrape*int64(n+1))
			require.True(t, ok)
			if scrape > 0 {
				require.Equal(t, int64(n+1), delta)
			}
		}
		a.Keep(p, 1)
		for n, slot := range slots {
			v, start, ok := a.Emit(p, slot, at*second)
			require.True(t, ok)
			require.Equal(t, scrape*int64(n+1), v.Int)
			require.Equal(t, 10*second, start)
		}
		a.Finish()
	}
}

// A kept process may get another counter; the ones that it had go on.
func TestAKeptProcessGetsACounter(t *testing.T) {
	a := newAccount()
	require.Equal(t, int64(100), a.scrape(1, 1, 10, 100, 7))
	a.Begin()
	p := a.meet(1, 1, 20)
	a.AddFloat(p, a.doubles, 50)
	a.AddInt(p, a.ints, 103)
	require.Equal(t, int64(103), a.settle(p, 20, 7))
	v, start, ok := a.Emit(p, a.doubles, 20*second)
	require.True(t, ok)
	require.Equal(t, Amount{}, v, "nobody knows since when it grew")
	require.Equal(t, 20*second, start)
	a.Finish()
}
