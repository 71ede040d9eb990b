package processgroup

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// crowd says how many processes a scrape has of each group. The names of
// configured groups begin with an exclamation mark.
type crowd map[string]int

// scrape lets a table see a crowd at a second, its groups in this order, and
// returns the groups that ended.
func (t *table) scrape(second int, c crowd, order []string) (ended []string) {
	for _, g := range t.groups {
		g.members = 0
	}
	refused := 0
	for _, key := range order {
		g, ok := t.find(key)
		if !ok {
			g, ok = t.open(group{key: key, named: key[0] == '!'})
		}
		if !ok {
			refused++
			continue
		}
		g.members = c[key]
	}
	for _, g := range t.settle(int64(second)*1e9, refused) {
		ended = append(ended, g.key)
	}
	return ended
}

// see is scrape in the order of the names.
func (t *table) see(second int, c crowd) (ended []string) {
	return t.scrape(second, c, slices.Sorted(maps.Keys(c)))
}

func (t *table) names() []string { return slices.Sorted(maps.Keys(t.groups)) }

func TestOfNewGroupsTheLargerOnesHaveAPlace(t *testing.T) {
	tab := newTable(2, 0)
	require.Equal(t, []string{"c", "d"}, tab.see(1, crowd{"a": 1, "b": 2, "c": 1, "d": 1}))
	require.Equal(t, []string{"a", "b"}, tab.names(), "of equal ones by their names")
	require.True(t, tab.full)
}

func TestAGroupThatIsThereKeepsItsPlace(t *testing.T) {
	tab := newTable(1, 0)
	tab.see(1, crowd{"b": 1})
	require.Empty(t, tab.see(2, crowd{"a": 9, "b": 1}))
	require.Equal(t, []string{"b"}, tab.names())
	tab = newTable(2, 0)
	tab.see(1, crowd{"c": 1})
	require.Equal(t, []string{"a"}, tab.see(2, crowd{"a": 5, "b": 9, "c": 1}), "there was one more place")
}

func TestAConfiguredGroupAlwaysHasAPlace(t *testing.T) {
	tab := newTable(2, time.Second)
	tab.see(1, crowd{"a": 5, "b": 1})
	require.Equal(t, []string{"b"}, tab.see(2, crowd{"a": 5, "b": 1, "!web": 1}), "the smaller one gives way")
	for second := range 3 {
		require.Empty(t, tab.see(9+second, crowd{"a": 5, "c": 1}))
	}
	require.Equal(t, []string{"!web", "a"}, tab.names(), "it stays without a process")
}

func TestAGroupEndsWithoutAProcessForForgetAfter(t *testing.T) {
	tab := newTable(9, 10*time.Second)
	tab.see(0, crowd{"a": 1, "b": 1})
	for _, second := range []int{10, 15, 19} {
		require.Empty(t, tab.see(second, crowd{"a": 1}), "since second 10")
	}
	require.Equal(t, []string{"b"}, tab.see(20, crowd{"a": 1}))
}

func TestAProcessThatComesBackKeepsTheGroup(t *testing.T) {
	tab := newTable(9, 10*time.Second)
	tab.see(0, crowd{"a": 1})
	tab.see(5, crowd{})
	tab.see(14, crowd{"a": 1})
	require.Empty(t, tab.see(16, crowd{}))
	require.Empty(t, tab.see(25, crowd{}))
	require.Equal(t, []string{"a"}, tab.see(26, crowd{}))
}

func TestForgetAfterZeroIsForEver(t *testing.T) {
	tab := newTable(9, 0)
	tab.see(0, crowd{"a": 1})
	require.Empty(t, tab.see(1e9, crowd{}))
	require.Equal(t, []string{"a"}, tab.names())
}

// A clock that was set back begins the wait anew instead of for years.
func TestAClockThatIsSetBackDoesNotKeepAGroup(t *testing.T) {
	tab := newTable(9, 10*time.Second)
	tab.see(1_000_000, crowd{"a": 1})
	tab.see(1_000_001, crowd{})
	require.Empty(t, tab.see(500, crowd{}))
	require.Equal(t, []string{"a"}, tab.see(510, crowd{}))
}

// Groups without a process make as many places as are wanted, the one without
// for the longest first.
func TestGroupsWithoutAProcessMakePlaces(t *testing.T) {
	tab := newTable(3, 0)
	tab.see(1, crowd{"a": 1, "b": 1, "c": 1})
	tab.see(2, crowd{"a": 1, "c": 1})
	tab.see(3, crowd{"a": 1})
	require.True(t, tab.full)
	require.Equal(t, []string{"b"}, tab.see(4, crowd{"a": 1, "x": 7}))
	require.False(t, tab.full)
	require.Empty(t, tab.see(5, crowd{"a": 1, "x": 7}))
	require.Equal(t, []string{"a", "c", "x"}, tab.names())
}

// A group whose only processes are critical takes no place and ends nobody.
func TestAGroupThatNeverStoodForAProcessEndsAtOnce(t *testing.T) {
	tab := newTable(2, time.Minute)
	tab.see(1, crowd{"a": 1, "b": 1})
	tab.see(2, crowd{"a": 1})
	tab.max = 3
	tab.see(3, crowd{"a": 1})
	require.Equal(t, []string{"!db", "kafka"}, tab.see(4, crowd{"a": 1, "kafka": 0, "!db": 0}))
	require.Equal(t, []string{"a", "b"}, tab.names())
}

// Numbers of groups that ended are given again.
func TestNumbersAreUsedAgain(t *testing.T) {
	tab := newTable(3, time.Second)
	for second := range 100 {
		tab.see(2*second, crowd{fmt.Sprint("g", second): 1})
		tab.see(2*second+1, crowd{})
	}
	require.LessOrEqual(t, tab.last, process.Part(3))
	require.NotContains(t, tab.byPart, process.Part(0))
}

// However many names there are, the table has a limit in the scrape under way,
// too.
func TestAScrapeHasALimitOfNewGroups(t *testing.T) {
	tab := newTable(10, 0)
	opened := 0
	for i := range 5000 {
		if _, ok := tab.open(group{key: fmt.Sprint(i)}); ok {
			opened++
		}
	}
	require.Equal(t, 10+maxFresh, opened)
}

// Groups of another configuration end when they have no process, the others go
// on with their numbers.
func TestGroupsAreInherited(t *testing.T) {
	former := newTable(9, time.Hour)
	former.see(1, crowd{"a": 1, "b": 1, "!c": 1, "!d": 1})
	numbers := map[string]process.Part{}
	for key, g := range former.groups {
		numbers[key] = g.part
	}
	tab := newTable(9, time.Hour)
	tab.inherit(former, func(g *group) (named, ok bool) { return g.key == "!c", g.key == "a" || g.key == "!c" })
	require.Equal(t, []string{"!d"}, tab.see(2, crowd{"b": 1}), "without a process, and not configured any more")
	require.Equal(t, []string{"!c", "a", "b"}, tab.names())
	require.Equal(t, []string{"b"}, tab.see(3, crowd{"a": 1}))
	require.Equal(t, numbers["a"], tab.groups["a"].part)
	require.Empty(t, tab.see(4, crowd{"a": 1, "e": 1}))
	require.Len(t, tab.byPart, 3, "each has a number of its own")
}

// Which groups there are does not depend on the order of processes in a
// scrape, and they are never more than there are places.
func TestTheOrderOfProcessesDecidesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		max := rapid.IntRange(2, 5).Draw(t, "max_groups")
		forget := time.Duration(rapid.IntRange(0, 3).Draw(t, "forget_after")) * time.Second
		one, other := newTable(max, forget), newTable(max, forget)
		for second := range rapid.IntRange(1, 12).Draw(t, "scrapes") {
			c := rapid.MapOfN(rapid.SampledFrom([]string{"!x", "!y", "a", "b", "c", "d", "e", "f"}), rapid.IntRange(0, 3), 0, 8).Draw(t, "crowd")
			order := slices.Sorted(maps.Keys(c))
			mixed := slices.Clone(order)
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
			r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
			ended := one.scrape(second+1, c, order)
			require.ElementsMatch(t, ended, other.scrape(second+1, c, mixed))
			require.Equal(t, one.names(), other.names())
			require.Equal(t, one.full, other.full)
			require.LessOrEqual(t, len(one.groups), max)
			require.Len(t, one.byPart, len(one.groups))
		}
	})
}
