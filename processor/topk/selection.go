package topk

import (
	"cmp"
	"slices"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// Rules that decide about a process.
const (
	ruleCritical  = "critical"   // it meets a critical entry
	ruleRank      = "rank"       // it is one of the top K
	ruleHold      = "hysteresis" // it was, and is only just displaced
	ruleBelow     = "below_rank" // it is not
	ruleMaxSeries = "max_series" // it would be, but does not fit under the ceiling
)

// choice is a process that may be kept, and why.
type choice struct {
	entry     int // number in the scrape
	id        process.ID
	points    int
	rule      string
	subject   string
	value     float64
	rank      int
	threshold float64
	metric    int // number of the rank metric
}

// fit decides who is kept under a ceiling of series: the critical ones always,
// then the best rank in any metric, displaced ones last. One that does not fit
// whole is skipped. It returns the kept ones first, how many they are, and by
// how many series the critical ones alone exceed the ceiling.
func fit(choices []choice, ceiling, reserved int) (kept, exceeded int) {
	slices.SortFunc(choices, byClaim)
	left := ceiling - reserved
	for i := range choices {
		c := choices[i]
		switch {
		case c.rule == ruleCritical:
		case ceiling > 0 && c.points > left:
			continue
		}
		left -= c.points
		choices[kept], choices[i] = c, choices[kept] // who was skipped goes behind
		kept++
		if c.rule == ruleCritical && ceiling > 0 && left < 0 {
			exceeded = -left
		}
	}
	return kept, exceeded
}

func byClaim(a, b choice) int {
	return cmp.Or(
		cmp.Compare(class(a), class(b)),
		cmp.Compare(a.rank, b.rank),
		cmp.Compare(a.metric, b.metric),
		cmp.Compare(a.id.PID, b.id.PID),
		cmp.Compare(a.id.Start, b.id.Start),
	)
}

func class(c choice) int {
	switch c.rule {
	case ruleCritical:
		return 0
	case ruleRank:
		return 1
	}
	return 2
}

// better reports whether a is a stronger claim than b to keep one process.
func better(a, b choice) bool { return byClaim(a, b) < 0 }
