package adaptivefilter

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// steps lets a controller of the levels 0, 0.5 and 0.8 take loads, a scrape
// every ten seconds, and returns the level after each.
func steps(c *controller, loads ...float64) (levels []int) {
	for i, load := range loads {
		levels = append(levels, c.step(int64(i)*10e9, load))
	}
	return levels
}

func threeLevels(dwell time.Duration) *controller {
	return newController([]float64{0, 0.5, 0.8}, dwell)
}

// Rule 2: up at once, down after a while.

func TestTheMedianOfThreeScrapesRaisesTheLevel(t *testing.T) {
	require.Equal(t, []int{0, 0, 1}, steps(threeLevels(0), 0.6, 0.6, 0.6))
	require.Equal(t, []int{0, 0, 0, 0, 1}, steps(threeLevels(0), 0.1, 0.1, 0.1, 0.6, 0.6), "two of three")
}

func TestOneOddScrapeRaisesNothing(t *testing.T) {
	require.Equal(t, []int{0, 0, 0, 0, 0, 0}, steps(threeLevels(0), 0.1, 0.1, 1, 0.1, 0.1, 1))
}

func TestUpIsStraightToTheHighestLevelReached(t *testing.T) {
	require.Equal(t, []int{0, 0, 0, 0, 2}, steps(threeLevels(0), 0.1, 0.1, 0.1, 0.8, 0.8))
}

func TestDownIsAfterSixScrapesBelow(t *testing.T) {
	c := threeLevels(0)
	steps(c, 0.6, 0.6, 0.6)
	require.Equal(t, []int{1, 1, 1, 1, 1, 0}, steps(c, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4))
}

func TestDownIsAfterTheDwellIfThatIsLonger(t *testing.T) {
	c := threeLevels(70 * time.Second)
	steps(c, 0.6, 0.6, 0.6)
	require.Equal(t, []int{1, 1, 1, 1, 1, 1, 1, 0}, steps(c, 0, 0, 0, 0, 0, 0, 0, 0))
}

func TestOneScrapeThatIsNotLowBeginsTheWaitAnew(t *testing.T) {
	c := threeLevels(0)
	steps(c, 0.6, 0.6, 0.6)
	require.Equal(t, []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0}, steps(c, 0, 0, 0, 0, 0, 0.45, 0, 0, 0, 0, 0, 0))
}

func TestALoadNearTheLevelHoldsIt(t *testing.T) {
	c := threeLevels(0)
	steps(c, 0.6, 0.6, 0.6)
	require.Equal(t, []int{1, 1, 1, 1, 1, 1, 1, 1}, steps(c, 0.46, 0.46, 0.46, 0.46, 0.46, 0.46, 0.46, 0.46))
}

func TestDownIsStraightToTheLowestThatHolds(t *testing.T) {
	for load, want := range map[float64]int{0.1: 0, 0.44: 0, 0.46: 1, 0.6: 1} {
		c := threeLevels(0)
		steps(c, 0.9, 0.9, 0.9)
		require.Equal(t, want, steps(c, load, load, load, load, load, load)[5], "load %v", load)
	}
}

func TestAClockThatWasSetBackBeginsTheWaitAnew(t *testing.T) {
	c := threeLevels(30 * time.Second)
	for i := range 3 {
		c.step(int64(1e15)+int64(i), 0.9)
	}
	for i := range 6 {
		require.Equal(t, 2, c.step(int64(1e15)+int64(i)*1e9, 0), "the dwell is not over")
	}
	require.Equal(t, []int{2, 2, 2, 2, 2, 0}, steps(c, 0, 0, 0, 0, 0, 0))
}

// A load that varies by 5 % around any constant raises or lowers the level of
// any valid configuration, but never the one after the other, however the noise
// is made: here it stays at one value for a while, then at another.
func TestNoiseNeverOscillates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loads := drawLoads(t)
		c := newController(loads, 0)
		c.active = rapid.IntRange(0, len(loads)-1).Draw(t, "level before")
		near := rapid.SampledFrom(loads).Draw(t, "near the level at")
		base := near * rapid.Float64Range(0.9, 1.1).Draw(t, "load by the level's")
		ways := map[int]bool{}
		now := int64(0)
		for range rapid.IntRange(1, 12).Draw(t, "phases") {
			noise := rapid.SampledFrom([]float64{0.95, 0.97, 1, 1.03, 1.05}).Draw(t, "noise")
			for range rapid.IntRange(1, 8).Draw(t, "scrapes") {
				before := c.active
				now += 10e9
				if next := c.step(now, base*noise); next != before {
					ways[sign(next-before)] = true
				}
			}
		}
		require.Less(t, len(ways), 2, "up and down")
	})
}

func drawLoads(t *rapid.T) []float64 {
	loads := []float64{0}
	for next := rapid.Float64Range(0.001, 0.9).Draw(t, "first"); next <= 1 && len(loads) < maxLevels; next *= rapid.Float64Range(levelsApart, 3).Draw(t, "apart") {
		loads = append(loads, next)
	}
	return loads
}

func sign(v int) int {
	if v < 0 {
		return -1
	}
	return 1
}

// 24 hours with a scrape every ten seconds at each of 101 constant loads, under
// the default levels and under the closest that there may be.
func TestADayOfNoiseAtEveryLoadOscillatesNever(t *testing.T) {
	dense := []float64{0, 0.1}
	for next := 0.1 * levelsApart; next <= 1; next *= levelsApart {
		dense = append(dense, next)
	}
	random := rand.New(rand.NewPCG(5, 24))
	for percent := range 101 {
		for _, loads := range [][]float64{{0, 0.6, 0.8}, dense} {
			c := newController(loads, 30*time.Second)
			for i := range day {
				before := c.active
				load := float64(percent) / 100 * (0.95 + 0.1*random.Float64())
				require.GreaterOrEqual(t, c.step(int64(i)*10e9, min(load, 1)), before, "load %d %%: down after up", percent)
			}
			calm := c.reached(float64(percent) / 100)
			require.GreaterOrEqual(t, c.active, calm, "load %d %%", percent)
			require.LessOrEqual(t, c.active, calm+1, "load %d %%: noise may reach the next level", percent)
		}
	}
}

func TestAReloadGoesOnWithLevelAndWait(t *testing.T) {
	former := threeLevels(0)
	steps(former, 0.6, 0.6, 0.6, 0, 0, 0)
	c := threeLevels(0)
	c.follow(former)
	require.Equal(t, 1, c.active)
	var levels []int
	for i := range 3 {
		levels = append(levels, c.step(int64(6+i)*10e9, 0))
	}
	require.Equal(t, []int{1, 1, 0}, levels, "three were waited for before")
}

func TestAReloadWithOtherLevelsGoesOnWhereTheLoadWas(t *testing.T) {
	former := threeLevels(0)
	steps(former, 0.8, 0.8, 0.8)
	c := newController([]float64{0, 0.3, 0.7, 0.9}, 0)
	c.follow(former)
	require.Equal(t, 2, c.active, "0.7 is the highest that 0.8 reaches")
	require.Equal(t, lull{}, c.low)
}
