package process

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// A backend cannot tell how a first sample came to be, so it is 0 and what was
// given already comes with the second.
func TestTheRestWaitsForItsFirstSample(t *testing.T) {
	a := newAccount()
	a.Begin()
	a.Release(a.meet(1, 1, 10)) // without a counter
	a.Finish()
	_, seen := a.Other(a.ints)
	require.False(t, seen, "the host never had the series")

	a.scrape(2, 15, 20, 7, 0)
	require.Equal(t, [2]int64{0, 7}, a.other())
	a.scrape(2, 15, 30, 9, 0)
	require.Equal(t, [2]int64{9, 0}, a.other())
}

func TestTheRestHasEverySeriesFromTheFirstScrapeOn(t *testing.T) {
	a := newAccount()
	a.scrape(1, 1, 10, 100, 0)
	require.Equal(t, 1, a.KnownSeries())
	v, seen := a.Other(a.ints)
	require.True(t, seen)
	require.Equal(t, Amount{}, v)
	require.Equal(t, 10*second, a.Started())
	a.Begin() // a scrape without the series
	a.Finish()
	_, seen = a.Other(a.ints)
	require.True(t, seen)
}

func TestWhatIsGivenToAWithheldRestWaits(t *testing.T) {
	a := newAccount()
	a.scrape(1, 1, 10, 100, 0)
	a.scrape(1, 1, 20, 101, 0)
	for _, v := range []int64{103, 107} {
		a.Begin()
		p := a.meet(1, 1, 30)
		a.AddInt(p, a.ints, v)
		a.Release(p)
		a.Withhold()
		a.Finish()
		require.Equal(t, [2]int64{1, v - 101}, a.other())
	}
	a.scrape(1, 1, 50, 115, 0)
	require.Equal(t, [2]int64{15, 0}, a.other(), "it had a sample before, and nothing waits any more")
}

func TestARestWithheldFromTheStartBeginsWhenItIsWritten(t *testing.T) {
	a := newAccount()
	for i, v := range []int64{100, 103} {
		a.Begin()
		p := a.meet(1, 1, int64(10*i+10))
		a.AddInt(p, a.ints, v)
		a.Release(p)
		a.Withhold()
		a.Finish()
	}
	a.scrape(1, 1, 30, 104, 0)
	require.Equal(t, [2]int64{0, 4}, a.other())
	a.scrape(1, 1, 40, 104, 0)
	require.Equal(t, [2]int64{4, 0}, a.other())
}

// Nobody counts what a rest showed under other labels meanwhile when it comes
// back to those that it had.
func TestARestThatComesBackToItsLabelsGoesOnFromZero(t *testing.T) {
	a := newAccount()
	a.scrape(1, 1, 10, 100, 0)
	a.scrape(1, 1, 20, 103, 0)
	a.Relabel()
	a.scrape(1, 1, 30, 150, 0)
	a.scrape(1, 1, 40, 160, 0)
	require.Equal(t, [2]int64{57, 0}, a.other())
	a.Relabel()
	a.scrape(1, 1, 50, 160, 0)
	require.Equal(t, [2]int64{0, 0}, a.other(), "to a backend, a counter that began anew")
	a.scrape(1, 1, 60, 161, 0)
	require.Equal(t, [2]int64{1, 0}, a.other())
}

// What a rest that nobody wants is given is lost, with what waited for it.
func TestWhatIsGivenToADiscardedRestIsLost(t *testing.T) {
	a := newAccount()
	a.scrape(1, 1, 10, 100, 0)
	a.Relabel()
	a.scrape(1, 1, 20, 105, 0)
	require.Equal(t, [2]int64{0, 5}, a.other())
	for _, v := range []int64{110, 1000} {
		a.Begin()
		p := a.meet(1, 1, 30)
		a.AddInt(p, a.ints, v)
		a.Release(p)
		a.Discard()
		a.Finish()
		require.Zero(t, a.other()[1])
	}
	a.scrape(1, 1, 40, 1003, 0)
	require.Equal(t, [2]int64{0, 3}, a.other(), "a first sample again")
	a.scrape(1, 1, 50, 1003, 0)
	require.Equal(t, [2]int64{3, 0}, a.other())
	given, _ := a.Given(a.ints)
	require.Equal(t, int64(903), given.Int, "it was used nevertheless")
}

// Deltas that the rest had no room to show are shown when it has.
func TestAFlowThatIsGivenToAWithheldRestWaits(t *testing.T) {
	a := newAccount()
	ints, doubles := a.slot(Series{Kind: Flow, Monotonic: true}), a.slot(Series{Kind: Flow, Float: true, Monotonic: true})
	for i, withheld := range []bool{false, true, false} {
		a.Begin()
		a.meet(1, 1, int64(10*i+10))
		a.LevelInt(ints, 5)
		a.LevelFloat(doubles, 0.5)
		if withheld {
			a.Withhold()
		}
		a.Finish()
	}
	v, _ := a.Other(ints)
	require.Equal(t, int64(10), v.Int)
	v, _ = a.Other(doubles)
	require.Equal(t, 1.0, v.Float)
}

// What waits is lost, too, when nobody wants the rest any more.
func TestAFlowThatWaitsForADiscardedRestIsLost(t *testing.T) {
	a := newAccount()
	flow := a.slot(Series{Kind: Flow, Monotonic: true})
	for i, say := range []func(){func() {}, a.Withhold, a.Discard, func() {}} {
		a.Begin()
		a.meet(1, 1, int64(10*i+10))
		a.LevelInt(flow, 5)
		say()
		a.Finish()
	}
	v, _ := a.Other(flow)
	require.Equal(t, int64(5), v.Int)
}

// A series that gave way is none of the rest's, until it comes back, as a new
// one.
func TestARetiredSeries(t *testing.T) {
	a := newAccount()
	a.scrape(1, 1, 10, 100, 0)
	a.scrape(1, 1, 20, 107, 0)
	require.Equal(t, 1, a.KnownSeries())
	a.Retire(a.ints)
	a.Retire(Slot(a.set.Len())) // not known yet
	_, seen := a.Other(a.ints)
	require.False(t, seen)
	require.Zero(t, a.KnownSeries())
	a.scrape(1, 1, 30, 109, 0)
	require.Equal(t, [2]int64{0, 2}, a.other())
	given, _ := a.Given(a.ints)
	require.Equal(t, int64(9), given.Int)
}

func TestARelabelledRestHasFirstSamplesAgain(t *testing.T) {
	a := newAccount()
	a.scrape(1, 1, 10, 100, 0)
	a.scrape(1, 1, 20, 103, 0)
	a.Relabel()
	a.scrape(1, 1, 30, 110, 0)
	require.Equal(t, [2]int64{0, 7}, a.other(), "other series begin at 0")
	require.Equal(t, 30*second, a.Started())
	a.scrape(1, 1, 40, 110, 0)
	require.Equal(t, [2]int64{7, 0}, a.other())
	given, _ := a.Given(a.ints)
	require.Equal(t, int64(10), given.Int, "whatever the labels")
}

// After a clock was set back memberships begin anew, values go on.
func TestRewind(t *testing.T) {
	a := newAccount()
	a.scrape(1, 1, 100, 50, 7)
	a.scrape(1, 1, 110, 53, 7)
	a.Rewind()
	require.Zero(t, a.Time())
	require.False(t, kept(a.At(0)))

	a.Begin()
	p, elapsed := a.See(sight(1, 1, 20, 1))
	require.Zero(t, elapsed, "nobody knows how long ago the last sample was")
	a.AddInt(p, a.ints, 60)
	a.Keep(p, 7)
	v, start, ok := a.Emit(p, a.ints, 20*second)
	require.True(t, ok)
	require.Equal(t, int64(53), v.Int, "goes on from the last value written")
	require.Equal(t, 20*second, start)
	a.Finish()
	require.Equal(t, [2]int64{0, 7}, a.other(), "the rest has first samples again")
	require.Equal(t, 20*second, a.Started())
	require.Equal(t, 20*second, a.Time())

	require.Equal(t, int64(64), a.scrape(1, 1, 30, 71, 7))
	require.Equal(t, [2]int64{7, 0}, a.other())
}

// A process that the account had forgotten is not one born since, only since
// the clock was set back.
func TestNobodyIsBornByARewind(t *testing.T) {
	a := newAccount()
	a.scrape(1, 1, 100, 50, 0)
	a.Rewind()
	a.Begin()
	p := a.meet(2, 1, 20)
	require.False(t, p.Born())
	delta, ok := a.AddInt(p, a.ints, 1000)
	require.True(t, ok)
	require.Zero(t, delta)
}

// Values of processes that add up at a moment, some of them kept.
func TestLevelsOfTheRest(t *testing.T) {
	a := newAccount()
	ints, doubles := a.slot(Series{Kind: Level}), a.slot(Series{Kind: Level, Float: true})
	a.Begin()
	for i, v := range []int64{5, -7, 11} {
		a.meet(int32(i+1), 1, 10)
		a.LevelInt(ints, v)
		a.LevelFloat(doubles, float64(v)/10)
	}
	a.KeepInt(ints, 5)
	a.KeepFloat(doubles, 0.5)
	a.Finish()
	v, seen := a.Other(ints)
	require.True(t, seen)
	require.Equal(t, int64(4), v.Int)
	v, _ = a.Other(doubles)
	require.InDelta(t, 0.4, v.Float, 1e-15)
	require.Equal(t, Amount{}, a.Waits(ints))

	a.Begin() // without the series
	a.Finish()
	v, seen = a.Other(ints)
	require.True(t, seen, "levels go to 0, they do not vanish")
	require.Equal(t, Amount{}, v)
}

// What rounding leaves of values that are all taken out again is not shown.
func TestTheRestOfNobodyIsExactlyNothing(t *testing.T) {
	for _, kind := range []Kind{Level, Flow} {
		a := newAccount()
		slot := a.slot(Series{Kind: kind, Float: true})
		values := []float64{math.MaxFloat64, math.MaxFloat64, 0.1, 1e-300}
		a.Begin()
		for _, v := range values {
			a.LevelFloat(slot, v)
		}
		for _, v := range values {
			a.KeepFloat(slot, v)
		}
		require.NotZero(t, a.Rest.series[slot].add.float(), "what saturation left")
		a.Finish()
		v, seen := a.Other(slot)
		require.True(t, seen)
		require.Equal(t, Amount{}, v)
	}
}

func TestValuesThatAreNoNumbersAreNoLevels(t *testing.T) {
	a := newAccount()
	slot := a.slot(Series{Kind: Level, Float: true})
	a.Begin()
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		a.LevelFloat(slot, v)
		a.KeepFloat(slot, v)
	}
	a.LevelFloat(slot, 2.5)
	a.Finish()
	require.Equal(t, 3, a.Faults.Bad)
	v, _ := a.Other(slot)
	require.Equal(t, 2.5, v.Float)
}

// Three values saturate the sum; taking two of them out leaves less than the
// third, and less than nothing.
func TestAMonotonicFlowIsNeverNegative(t *testing.T) {
	for monotonic, want := range map[bool]Amount{
		true:  {},
		false: {Int: -math.MaxInt64, Float: -math.MaxFloat64},
	} {
		a := newAccount()
		ints := a.slot(Series{Kind: Flow, Monotonic: monotonic})
		doubles := a.slot(Series{Kind: Flow, Float: true, Monotonic: monotonic})
		a.Begin()
		for range 3 {
			a.LevelInt(ints, math.MaxInt64)
			a.LevelFloat(doubles, math.MaxFloat64)
		}
		for range 2 {
			a.KeepInt(ints, math.MaxInt64)
			a.KeepFloat(doubles, math.MaxFloat64)
		}
		a.Finish()
		i, _ := a.Other(ints)
		f, _ := a.Other(doubles)
		require.Equal(t, want, Amount{Int: i.Int, Float: f.Float}, "monotonic: %v", monotonic)
	}
}

func TestCountersOfTheRestSaturate(t *testing.T) {
	a := newAccount()
	a.scrape(1, 1, 10, 0, 0)
	for pid := range int32(4) {
		at := int64(10*pid + 20)
		a.Begin()
		p := a.meet(pid+2, at-5, at) // born
		a.AddInt(p, a.ints, math.MaxInt64)
		a.AddFloat(p, a.doubles, math.MaxFloat64)
		a.Release(p)
		a.Finish()
	}
	require.Equal(t, [2]int64{math.MaxInt64, 0}, a.other())
	v, _ := a.Other(a.doubles)
	require.Equal(t, math.MaxFloat64, v.Float)
}

func TestWhatIsNotNumberedHasNoRest(t *testing.T) {
	a := newAccount()
	a.scrape(1, 1, 10, 0, 0)
	_, seen := a.Other(Slot(a.set.Len()))
	require.False(t, seen)
	require.Equal(t, Amount{}, a.Waits(Slot(a.set.Len())))
}
