package process

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// A process that began at a second is in scrapes at the seconds 10, 20, 30 …
// with these values; another process is in all of them.
var deltaCases = map[string]struct {
	begun  int64
	values []int64
	deltas []int64
	faults Faults // of the last scrape
}{
	"nobody knows what was used before the first scrape": {5, []int64{7, 9}, []int64{0, 2}, Faults{}},
	"one born since the scrape before used all of it":    {15, []int64{gone, 7, 9}, []int64{gone, 7, 2}, Faults{}},
	"the kernel's boot time may be two seconds off":      {8, []int64{gone, 7}, []int64{gone, 7}, Faults{}},
	"one older than the scrape before was not born":      {7, []int64{gone, 7, 9}, []int64{gone, 0, 2}, Faults{}},
	"one of unknown age was not born":                    {0, []int64{gone, 7, 9}, []int64{gone, 0, 2}, Faults{}},
	"no growth":                                          {5, []int64{7, 7}, []int64{0, 0}, Faults{}},
	"a dip of one percent is no growth":                  {5, []int64{1000, 990, 1005}, []int64{0, 0, 5}, Faults{}},
	"a dip is counted":                                   {5, []int64{1000, 990}, []int64{0, 0}, Faults{Dips: 1}},
	"a larger fall is a reset":                           {5, []int64{1000, 989, 1000}, []int64{0, 989, 11}, Faults{}},
	"a reset is counted":                                 {5, []int64{1000, 0}, []int64{0, 0}, Faults{Resets: 1}},
	"a metric's gap is spanned":                          {5, []int64{5, none, none, none, 12}, []int64{0, none, none, none, 7}, Faults{}},
	"a process's gap is spanned":                         {5, []int64{5, gone, gone, 12}, []int64{0, gone, gone, 7}, Faults{}},
	"three scrapes missed are forgotten":                 {5, []int64{5, gone, gone, gone, 12}, []int64{0, gone, gone, gone, 0}, Faults{}},
	"a metric that comes late":                           {15, []int64{gone, none, 7, 9}, []int64{gone, none, 0, 2}, Faults{}},
}

func TestDeltas(t *testing.T) {
	for name, c := range deltaCases {
		t.Run(name, func(t *testing.T) {
			a := newAccount()
			for i, v := range c.values {
				want := c.deltas[i]
				gotInt, gotDouble := a.grow(c.begun, int64(10*i+10), v)
				require.Equal(t, want, gotInt, "scrape %d", i+1)
				require.Equal(t, float64(want), gotDouble, "scrape %d, doubles", i+1)
			}
			double := Faults{Dips: 2 * c.faults.Dips, Resets: 2 * c.faults.Resets}
			require.Equal(t, double, a.Faults, "of the two counters")
		})
	}
}

// grow gives process 2 a value of both counters and returns the deltas.
func (a *account) grow(begun, at, v int64) (ints int64, doubles float64) {
	a.Begin()
	defer a.Finish()
	a.Release(a.meet(1, 1, at))
	if v == gone {
		return gone, gone
	}
	p := a.meet(2, begun, at)
	defer a.Release(p)
	if v == none {
		return none, none
	}
	ints, _ = a.AddInt(p, a.ints, v)
	doubles, _ = a.AddFloat(p, a.doubles, float64(v))
	return ints, doubles
}

// Values that no counter can have are refused; the account goes on from the
// last good one.
func TestBadValuesAreRefused(t *testing.T) {
	a := newAccount()
	a.grow(1, 10, 100)
	a.Begin()
	p := a.meet(2, 1, 20)
	_, ok := a.AddInt(p, a.ints, -1)
	require.False(t, ok)
	bad := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -math.SmallestNonzeroFloat64}
	for _, v := range bad {
		_, ok = a.AddFloat(p, a.doubles, v)
		require.False(t, ok, v)
	}
	require.Equal(t, Faults{Bad: 1 + len(bad)}, a.Faults)
	a.Release(p)
	a.Finish()
	ints, doubles := a.grow(1, 30, 107)
	require.Equal(t, int64(7), ints)
	require.Equal(t, 7.0, doubles)
}

func TestAPointCountsOnceInAScrape(t *testing.T) {
	a := newAccount()
	a.grow(1, 10, 100)
	a.Begin()
	p := a.meet(2, 1, 20)
	_, ok := a.AddInt(p, a.ints, -1) // not accepted, so not the one that counts
	require.False(t, ok)
	delta, ok := a.AddInt(p, a.ints, 103)
	require.True(t, ok)
	require.Equal(t, int64(3), delta)
	_, ok = a.AddInt(p, a.ints, 104)
	require.False(t, ok)
	require.Equal(t, Faults{Bad: 1, Duplicates: 1}, a.Faults)
}

func TestFallen(t *testing.T) {
	a := newAccount()
	a.grow(1, 10, 100)
	p := a.At(1)
	require.True(t, p.FellInt(a.ints, 99))
	require.True(t, p.FellFloat(a.doubles, 99.9))
	require.False(t, p.FellInt(a.ints, 100))
	require.False(t, p.FellFloat(a.doubles, 100))
	unseen := a.slot(Series{Kind: Counter})
	require.False(t, p.FellInt(unseen, 0), "a counter that the process does not have")
	bystander := a.At(0)
	require.False(t, bystander.FellInt(a.ints, 0), "one that another process has")
}
