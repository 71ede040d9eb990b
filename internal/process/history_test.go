package process

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func times(list []Transition) (at []int64) {
	for _, t := range list {
		at = append(at, t.Time)
	}
	return at
}

func TestTheLatestTransitionIsFirst(t *testing.T) {
	var h History
	for at := range int64(3) {
		h.Add(Transition{Time: at + 1})
	}
	require.Equal(t, []int64{3, 2, 1}, times(h.Find(Query{}, 3)))
	require.Empty(t, new(History).Find(Query{}, 3))
}

func TestTheOldestTransitionGivesWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(HistoryLength-2, 3*HistoryLength).Draw(t, "transitions")
		var h History
		for at := range n {
			h.Add(Transition{Time: int64(at)})
		}
		var want []int64
		for at := max(0, n-HistoryLength); at < n; at++ {
			want = append(want, int64(at))
		}
		slices.Reverse(want)
		require.Equal(t, want, times(h.Find(Query{}, int64(n))))
		require.Len(t, h.ring, min(n, HistoryLength))
	})
}

func TestTransitionsAgeOut(t *testing.T) {
	var h History
	h.Add(Transition{Time: 1})
	h.Add(Transition{Time: 2})
	day := int64(24 * time.Hour)
	require.Equal(t, []int64{2, 1}, times(h.Find(Query{}, day+1)))
	require.Equal(t, []int64{2}, times(h.Find(Query{}, day+2)))
	require.Empty(t, h.Find(Query{}, day+3))
}

func TestQueries(t *testing.T) {
	var h History
	h.Add(Transition{Time: 1, ID: ID{PID: 7, Start: 100}, Name: "nginx", Kept: true})
	h.Add(Transition{Time: 2, ID: ID{PID: 8}, Name: "nginx"})
	h.Add(Transition{Time: 3, ID: ID{PID: 7, Start: 200}, Name: "sh"})
	for name, c := range map[string]struct {
		query Query
		want  []int64
	}{
		"all":              {Query{}, []int64{3, 2, 1}},
		"by PID":           {Query{PID: 7}, []int64{3, 1}},
		"by name":          {Query{Name: "nginx"}, []int64{2, 1}},
		"not later than":   {Query{Before: 2}, []int64{2, 1}},
		"all restrictions": {Query{PID: 7, Name: "nginx", Before: 3}, []int64{1}},
		"nothing found":    {Query{PID: 7, Name: "java"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, times(h.Find(c.query, 3)))
		})
	}
}
