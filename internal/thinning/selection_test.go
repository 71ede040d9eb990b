package thinning

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// of is a claim on the process with this PID, which has so many series.
func of(pid, class int, order float64, points int) Choice {
	return Choice{Class: class, Order: order, points: points, id: process.ID{PID: int32(pid)}}
}

func pids(choices []Choice) []int {
	list := []int{}
	for _, c := range choices {
		list = append(list, int(c.id.PID))
	}
	return list
}

func TestFit(t *testing.T) {
	for name, c := range map[string]struct {
		choices           []Choice
		ceiling, reserved int
		want              []int
		exceeded          int
	}{
		"no ceiling keeps all":           {[]Choice{of(1, 1, 1, 5), of(2, 2, 1, 5)}, 0, 7, []int{1, 2}, 0},
		"the better class comes first":   {[]Choice{of(1, 2, 1, 5), of(2, 1, 9, 5)}, 5, 0, []int{2}, 0},
		"then the better order":          {[]Choice{of(1, 1, 2, 5), of(2, 1, 1, 5)}, 5, 0, []int{2}, 0},
		"then the smaller PID":           {[]Choice{of(2, 1, 1, 5), of(1, 1, 1, 5)}, 5, 0, []int{1}, 0},
		"what does not fit is skipped":   {[]Choice{of(1, 1, 1, 4), of(2, 1, 2, 9), of(3, 1, 3, 4)}, 8, 0, []int{1, 3}, 0},
		"what is reserved is not there":  {[]Choice{of(1, 1, 1, 5), of(2, 1, 2, 5)}, 10, 3, []int{1}, 0},
		"critical ones exceed it":        {[]Choice{of(1, 0, 0, 5), of(2, 0, 0, 5), of(3, 1, 1, 1)}, 8, 0, []int{1, 2}, 2},
		"by what is reserved, too":       {[]Choice{of(1, 0, 0, 5)}, 8, 6, []int{1}, 3},
		"a ceiling exactly met is kept":  {[]Choice{of(1, 0, 0, 4), of(2, 1, 1, 4)}, 8, 0, []int{1, 2}, 0},
		"nobody claims, nobody is there": {nil, 8, 3, []int{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			kept, exceeded := fit(c.choices, c.ceiling, c.reserved)
			require.Equal(t, c.want, pids(c.choices[:kept]))
			require.Equal(t, c.exceeded, exceeded)
		})
	}
}

// Whatever the claims and their order, the ceiling holds but for critical
// processes, which are all there.
func TestFitHoldsTheCeiling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var choices []Choice
		for pid := range rapid.IntRange(0, 20).Draw(t, "claims") {
			choices = append(choices, of(pid, rapid.IntRange(0, 3).Draw(t, "class"), rapid.Float64Range(0, 3).Draw(t, "order"), rapid.IntRange(1, 9).Draw(t, "points")))
		}
		ceiling := rapid.IntRange(1, 60).Draw(t, "ceiling")
		mixed := make([]Choice, len(choices))
		for i, at := range rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)).Perm(len(choices)) {
			mixed[i] = choices[at]
		}
		kept, exceeded := fit(choices, ceiling, 0)
		again, _ := fit(mixed, ceiling, 0)
		require.Equal(t, pids(choices[:kept]), pids(mixed[:again]))
		points := 0
		for i, c := range choices {
			require.True(t, c.Class > 0 || i < kept, "a critical process is not kept")
			if i < kept {
				points += c.points
			}
		}
		require.LessOrEqual(t, points, ceiling+exceeded)
	})
}

// Who is kept is who would be if all claims were gone through in their order.
func TestFitKeepsTheBestThatFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var choices []Choice
		for pid := range rapid.IntRange(0, 30).Draw(t, "claims") {
			order := float64(rapid.IntRange(-3, 3).Draw(t, "order"))
			choices = append(choices, of(pid, rapid.IntRange(0, 3).Draw(t, "class"), order, rapid.IntRange(1, 9).Draw(t, "points")))
		}
		ceiling, reserved := rapid.IntRange(0, 60).Draw(t, "ceiling"), rapid.IntRange(0, 5).Draw(t, "reserved")
		want, left := []Choice{}, ceiling-reserved
		for _, c := range slices.SortedFunc(slices.Values(choices), func(a, b Choice) int { return byClaim(&a, &b) }) {
			if ceiling == 0 || c.Class == 0 || c.points <= left {
				want = append(want, c)
				left -= c.points
			}
		}
		kept, _ := fit(choices, ceiling, reserved)
		require.Equal(t, pids(want), pids(choices[:kept]))
	})
}
