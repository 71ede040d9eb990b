package thinning

import (
	"cmp"
	"slices"
)

// fit decides who is kept under a ceiling of series: the critical ones always,
// then the best claims. A process that does not fit whole is skipped. It puts
// the kept ones first, in the order of their claims, and returns how many they
// are, and by how many series the critical ones alone exceed the ceiling.
func fit(choices []Choice, ceiling, reserved int) (kept, exceeded int) {
	if ceiling == 0 {
		slices.SortFunc(choices, func(a, b Choice) int { return byClaim(&a, &b) })
		return len(choices), 0
	}
	left, least, rest := ceiling-reserved, fewestPoints(choices), choices
	for at := len(rest)/2 - 1; at >= 0; at-- {
		sink(rest, at)
	}
	for len(rest) > 0 && (rest[0].Class == 0 || left >= least) {
		rest = putLast(rest)
		c := &choices[len(rest)]
		if c.Class > 0 && c.points > left {
			continue
		}
		left -= c.points
		if c.Class == 0 {
			exceeded = max(exceeded, -left)
		}
		kept++ // and behind who was skipped
		*c, choices[len(choices)-kept] = choices[len(choices)-kept], *c
	}
	slices.Reverse(choices)
	return kept, exceeded
}

// fewestPoints is how many points the smallest of the choices has.
func fewestPoints(choices []Choice) int {
	least := 0
	for i := range choices {
		if i == 0 || choices[i].points < least {
			least = choices[i].points
		}
	}
	return least
}

// putLast puts the best claim of a heap behind the others, which it returns.
func putLast(heap []Choice) (others []Choice) {
	last := len(heap) - 1
	heap[0], heap[last] = heap[last], heap[0]
	sink(heap[:last], 0)
	return heap[:last]
}

// sink makes a heap, the best claim first, of one that is none at a place. Most
// claims that do not fit need no other order.
func sink(heap []Choice, at int) {
	for {
		best := at
		for child := 2*at + 1; child <= 2*at+2 && child < len(heap); child++ {
			if byClaim(&heap[child], &heap[best]) < 0 {
				best = child
			}
		}
		if best == at {
			return
		}
		heap[at], heap[best] = heap[best], heap[at]
		at = best
	}
}

// byClaim orders the stronger claim first.
func byClaim(a, b *Choice) int {
	switch {
	case a.Class != b.Class:
		return cmp.Compare(a.Class, b.Class)
	case a.Order != b.Order:
		return cmp.Compare(a.Order, b.Order)
	case a.Tie != b.Tie:
		return cmp.Compare(a.Tie, b.Tie)
	case a.id.PID != b.id.PID:
		return cmp.Compare(a.id.PID, b.id.PID)
	}
	return cmp.Compare(a.id.Start, b.id.Start)
}
