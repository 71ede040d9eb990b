package thinning

import (
	"cmp"
	"slices"
)

// fit decides who is kept under a ceiling of series: the critical ones always,
// then the best claims. A process that does not fit whole is skipped. It puts
// the kept ones first and returns how many they are, and by how many series the
// critical ones alone exceed the ceiling.
func fit(choices []Choice, ceiling, reserved int) (kept, exceeded int) {
	slices.SortFunc(choices, byClaim)
	left := ceiling - reserved
	for i := range choices {
		c := choices[i]
		switch {
		case c.Class == 0:
		case ceiling > 0 && c.points > left:
			continue
		}
		left -= c.points
		choices[kept], choices[i] = c, choices[kept] // who was skipped goes behind
		kept++
		if c.Class == 0 && ceiling > 0 && left < 0 {
			exceeded = -left
		}
	}
	return kept, exceeded
}

// byClaim orders the stronger claim first.
func byClaim(a, b Choice) int {
	return cmp.Or(
		cmp.Compare(a.Class, b.Class),
		cmp.Compare(a.Order, b.Order),
		cmp.Compare(a.Tie, b.Tie),
		cmp.Compare(a.id.PID, b.id.PID),
		cmp.Compare(a.id.Start, b.id.Start),
	)
}
