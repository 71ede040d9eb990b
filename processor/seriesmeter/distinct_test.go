package seriesmeter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	minute = int64(time.Minute)
	epoch  = int64(1_700_000_000e9) // when these tests begin
)

// seeSets lets a scrape have n sets of one series, numbered from first on.
func seeSets(d *distinct, at int64, first, n int) {
	d.begin(at)
	for i := range n {
		d.see(d.set(uint64(first+i)), 1)
	}
}

func TestDistinctSeriesInTheWindow(t *testing.T) {
	d := newDistinct(time.Minute)
	at := int64(1e12)
	for i := range uint64(100) {
		d.begin(at)
		d.see(d.set(i), 10)
		at += 1e9
	}
	d.begin(at)
	require.InDelta(t, 600, d.count(), 20, "ten series a second, a minute long")
}

func TestManyDistinctSeriesAreEstimated(t *testing.T) {
	d := newDistinct(time.Hour)
	d.begin(1e12)
	for i := range uint64(50_000) {
		d.see(d.set(i), 10)
	}
	require.True(t, d.estimating)
	require.InEpsilon(t, 500_000, d.count(), 0.03)
}

// Sets that left the window while it was estimated are still counted until
// they are in no sketch.
func TestAnEstimateEndsWhenTheExactCountCoversIt(t *testing.T) {
	d := newDistinct(time.Hour)
	seeSets(d, epoch, 0, 210_000)
	require.True(t, d.estimating)
	seeSets(d, epoch+30*minute, 1_000_000, 50_000)
	for i := int64(31); i < 95; i++ {
		seeSets(d, epoch+i*minute, 2_000_000, 20_000)
		switch {
		case i < 50:
			require.InEpsilon(t, 280_000, d.count(), 0.03, "minute %d", i)
		case i > 60 && i < 80:
			require.InEpsilon(t, 70_000, d.count(), 0.03, "minute %d", i)
		case i > 91:
			require.Equal(t, 20_000, d.count(), "minute %d", i)
		}
	}
	require.False(t, d.estimating)
}

// A host with many short-lived processes is counted exactly again too.
func TestAnEstimateEndsAmongShortLivedProcesses(t *testing.T) {
	d := newDistinct(time.Hour)
	seeSets(d, epoch, 0, 210_000)
	for i := int64(1); i < 200; i++ {
		seeSets(d, epoch+i*minute, int(i)*1_000_000, 100)
	}
	require.False(t, d.estimating)
	require.InDelta(t, 6100, d.count(), 100, "a hundred a minute")
}

// Estimates begin with what was seen in each part of the window, not all now.
func TestWhatWasExactLeavesTheEstimateInTime(t *testing.T) {
	d := newDistinct(time.Hour)
	seeSets(d, epoch, 0, 150_000)
	seeSets(d, epoch+40*minute, 1_000_000, 100_000)
	require.True(t, d.estimating)
	require.InEpsilon(t, 250_000, d.count(), 0.03)
	seeSets(d, epoch+70*minute, 1_000_000, 1)
	require.InEpsilon(t, 100_000, d.count(), 0.03)
}

// What is remembered stays bounded after the clock was set back, whether by a
// day or to a time without meaning.
func TestTheWindowFollowsAClockThatIsSetBack(t *testing.T) {
	for name, back := range map[string]int64{"an hour": 60 * minute, "a year": 365 * 24 * 60 * minute, "to the beginning": epoch - 1} {
		t.Run(name, func(t *testing.T) {
			d := newDistinct(time.Minute)
			seeSets(d, epoch, 0, 10)
			seeSets(d, epoch-back, 10, 10)
			require.Equal(t, 20, d.count(), "nothing is older by that")
			for i := range int64(1000) {
				seeSets(d, epoch-back+i*10e9, 1000+int(i), 1)
			}
			require.InDelta(t, 7, d.count(), 1)
			require.LessOrEqual(t, len(d.sets), 8)
		})
	}
}

func TestAnEstimateFollowsAClockThatIsSetBack(t *testing.T) {
	d := newDistinct(time.Hour)
	seeSets(d, epoch-50*minute, 1_000_000, 30_000)
	seeSets(d, epoch, 0, 300_000)
	seeSets(d, epoch-10_000*minute, 2_000_000, 100_000)
	require.InEpsilon(t, 430_000, d.count(), 0.03)
	seeSets(d, epoch-9980*minute, 2_000_000, 100_000)
	require.InEpsilon(t, 400_000, d.count(), 0.03, "the first ones have left")
	seeSets(d, epoch-9930*minute, 2_000_000, 100_000)
	require.InEpsilon(t, 100_000, d.count(), 0.03)
}

func TestAScrapeWithoutATimeIsAsOldAsTheOneBefore(t *testing.T) {
	d := newDistinct(time.Minute)
	seeSets(d, 0, 0, 1)
	seeSets(d, epoch, 10, 10)
	seeSets(d, 0, 20, 10)
	seeSets(d, epoch+10e9, 30, 10)
	require.Equal(t, 30, d.count())
}
