package processgroup

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// group is one group of a host.
type group struct {
	part    process.Part
	key     string // tells it from all others
	name    string // its process.group
	attrs   []attr // by which it was made
	named   bool   // it is one of the configuration's, and always has a place
	retired bool   // it is of a configuration before this one
	fresh   bool   // this scrape is its first one

	members    int   // processes that it stands for in this scrape
	emptySince int64 // time of the first scrape without one, 0 while there is one
}

// attr is a resource attribute.
type attr struct{ key, value string }

// unused reports whether a group never stood for a process: those that it was
// begun for are critical.
func (g *group) unused() bool { return g.fresh && g.members == 0 }

// table holds the groups of one host. A group that is new is there until the
// scrape is settled: which of them have a place does not depend on the order of
// processes in the scrape.
type table struct {
	max         int
	forgetAfter time.Duration

	groups map[string]*group // by key
	byPart map[process.Part]*group
	free   []process.Part
	last   process.Part // the greatest number given
	full   bool         // the last scrape left no place
}

// maxFresh is by how many a scrape may exceed the places before it is settled.
// Groups beyond are refused as they come.
const maxFresh = 1000

func newTable(max int, forgetAfter time.Duration) *table {
	return &table{max: max, forgetAfter: forgetAfter, groups: map[string]*group{}, byPart: map[process.Part]*group{}}
}

// find returns the group of a key.
func (t *table) find(key string) (*group, bool) {
	g, ok := t.groups[key]
	return g, ok
}

// open begins a group; false if there is no place for it.
func (t *table) open(g group) (*group, bool) {
	if !g.named && (t.full || len(t.groups) >= t.max+maxFresh) {
		return nil, false
	}
	if n := len(t.free); n > 0 {
		g.part, t.free = t.free[n-1], t.free[:n-1]
	} else {
		t.last++
		g.part = t.last
	}
	g.fresh = true
	t.groups[g.key], t.byPart[g.part] = &g, &g
	return &g, true
}

// settle ends the groups that have no place, or stood for no process for too
// long, after the members of a scrape at this time were counted, and returns
// them. Those without a process make places for as many others as are wanted.
func (t *table) settle(now int64, wanted int) (ended []*group) {
	for _, g := range t.groups {
		switch {
		case g.members > 0:
			g.emptySince = 0
		case g.emptySince == 0 || g.emptySince > now: // the clock was set back
			g.emptySince = now
		}
	}
	for i, g := range slices.SortedFunc(maps.Values(t.groups), byPlace) {
		spare := g.members == 0 && i >= t.max-wanted
		if g.unused() || !g.named && (i >= t.max || spare || t.expired(g, now)) {
			t.end(g)
			ended = append(ended, g)
		}
		g.fresh = false
	}
	t.full = len(t.groups) >= t.max
	return ended
}

// byPlace orders the groups with the best claim to a place first: the
// configuration's, then those that have processes, of these the ones that were
// there before, then those of more processes. Of groups without a process it is
// the one that had some last.
func byPlace(a, b *group) int {
	return cmp.Or(
		later(a.unused(), b.unused()),
		later(!a.named, !b.named),
		later(a.members == 0, b.members == 0),
		cmp.Compare(b.emptySince, a.emptySince),
		later(a.fresh, b.fresh),
		cmp.Compare(b.members, a.members),
		strings.Compare(a.key, b.key),
	)
}

// later orders those that it is true of behind the others.
func later(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// expired reports whether a group has been without a process for too long.
func (t *table) expired(g *group, now int64) bool {
	switch {
	case g.members > 0:
		return false
	case g.retired:
		return true
	}
	return t.forgetAfter > 0 && now-g.emptySince >= int64(t.forgetAfter)
}

func (t *table) end(g *group) {
	delete(t.groups, g.key)
	delete(t.byPart, g.part)
	t.free = append(t.free, g.part)
}

// inherit takes over the groups of a table under the configuration before, with
// their part numbers. Those that keeps does not know end as soon as they have no
// process.
func (t *table) inherit(former *table, keeps func(*group) (named, ok bool)) {
	t.groups, t.byPart, t.free, t.last = former.groups, former.byPart, former.free, former.last
	for _, g := range t.groups {
		named, ok := keeps(g)
		g.named, g.retired = named, !ok
	}
}
