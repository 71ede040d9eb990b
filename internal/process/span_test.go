package process

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const hour = 3600 * second

// spanOf is the span of timestamps in this order.
func spanOf(times ...int64) [2]int64 {
	var s Span
	for _, at := range times {
		s.Add(at)
	}
	return [2]int64{s.First(), s.Last()}
}

func TestASpanIsFromTheSmallestToTheGreatestTimestamp(t *testing.T) {
	for name, c := range map[string]struct {
		times []int64
		want  [2]int64
	}{
		"none":                           {nil, [2]int64{}},
		"one":                            {[]int64{5}, [2]int64{5, 5}},
		"rising":                         {[]int64{5, 6, 7}, [2]int64{5, 7}},
		"falling":                        {[]int64{7, 6, 5}, [2]int64{5, 7}},
		"mixed":                          {[]int64{6, 7, 5}, [2]int64{5, 7}},
		"those that are none do not say": {[]int64{0, 6, -7, 0}, [2]int64{6, 6}},
		"an hour is one scrape":          {[]int64{5 * hour, 6 * hour}, [2]int64{5 * hour, 6 * hour}},
		"more is not":                    {[]int64{5 * hour, 5 * hour, 6*hour + 1}, [2]int64{5 * hour, 5 * hour}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, spanOf(c.times...)) })
	}
}

// One process with a wrong clock takes nobody out of time, wherever it comes.
func TestOneFarTimestampChangesNoSpan(t *testing.T) {
	base := 1000 * hour
	others := []int64{base + 3, base, base + 2, base + 1}
	for _, far := range []int64{1, base - hour - 1, base + hour + 4, 1<<63 - 1} {
		for i := range len(others) + 1 {
			require.Equal(t, [2]int64{base, base + 3}, spanOf(slices.Insert(slices.Clone(others), i, far)...), "%d at place %d", far, i)
		}
	}
}

// Whatever the few say, and in whatever order, the span is within that of the
// many.
func TestTheSpanIsThatOfMostTimestamps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := 1000 * hour
		many := rapid.SliceOfN(rapid.Int64Range(base, base+hour), 1, 20).Draw(t, "many")
		anything := rapid.OneOf(rapid.Int64Range(1, base-2*hour), rapid.Int64Range(base+3*hour, 1<<63-1))
		few := rapid.SliceOfN(anything, 0, len(many)-1).Draw(t, "few")
		got := spanOf(rapid.Permutation(append(slices.Clone(many), few...)).Draw(t, "order")...)
		require.GreaterOrEqual(t, got[0], slices.Min(many))
		require.LessOrEqual(t, got[1], slices.Max(many))
		require.LessOrEqual(t, got[0], got[1])
	})
}
