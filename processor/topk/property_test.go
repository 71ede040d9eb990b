package topk

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

func drawConfig(t *rapid.T) func(*Config) {
	k := rapid.IntRange(1, 4).Draw(t, "k")
	hold := rapid.IntRange(0, 3).Draw(t, "hold")
	ceiling := rapid.SampledFrom([]int{0, 15, 30, 60}).Draw(t, "max_series")
	other := rapid.SampledFrom([]string{"_other_", "rest"}).Draw(t, "other")
	group := rapid.Bool().Draw(t, "group")
	return func(c *Config) {
		c.RankBy = []Rank{{Metric: "cpu", K: k, Min: 0.01}, {Metric: "memory", K: k}}
		c.Hysteresis.Hold, c.MaxSeries, c.Other.Name = hold, ceiling, other
		if group {
			c.RankGroup = []string{"process.executable.name"}
		}
	}
}

// After every scrape the sum of what a backend counts for the kept ones and
// for _other_ is what the processes used, whichever of two ways it counts.
func TestTotalsAreConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, sink := run(t, drawConfig(t))
		processtest.CheckTotals(t, p, sink, func(p *thinning.Processor) *thinning.Processor {
			return again(t, p, drawConfig(t), sink)
		})
	})
}

// Critical processes are there on every scrape, the ceiling holds but for
// them, no counter of _other_ falls, and everything else passes.
func TestWhatIsPromisedOnEveryScrape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ceiling := 0
		p, sink := run(t, with(drawConfig(t), func(c *Config) { ceiling = c.MaxSeries }))
		processtest.CheckScrapes(t, p, sink, ceiling)
	})
}

// The order of resources in a batch changes nothing.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		change := drawConfig(t)
		p, sink := run(t, change)
		q, other := run(t, change)
		processtest.CheckOrder(t, p, sink, q, other)
	})
}

// What cumulativetodelta makes of the output is the truth if it leaves first
// samples out, as it does by default: none of them has a start before its own
// time. Told to keep them, it counts exactly them on top.
func TestCumulativeToDeltaCountsTheTruth(t *testing.T) {
	for _, initialValue := range []string{"auto", "drop", "keep"} {
		t.Run(initialValue, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				p, sink := run(t, drawConfig(t))
				processtest.CheckConversion(t, initialValue, p, sink)
			})
		})
	}
}
