package critical

import (
	"cmp"
	"context"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// noMatch is the verdict on a process that meets no entry; n+1 is that on one
// whose first entry is n.
const noMatch = -1

// Guard finds which processes of one host the entries protect, scrape by
// scrape. A process's verdict belongs to it.
type Guard struct {
	matcher *Matcher
	lists   [][]int      // by entry: the protected processes, as numbers in the scrape
	over    []int        // by entry: how many are beyond its limit
	coming  []int        // by entry: processes let in since, for which there was no room
	last    []process.ID // by entry that is full: the youngest that it protects
	further map[step]int
}

// step asks for the next entry that a process meets.
type step struct{ index, after int }

// NewGuard returns the guard of a host not yet seen.
func NewGuard(m *Matcher) *Guard {
	return &Guard{
		matcher: m, further: map[step]int{},
		lists: make([][]int, len(m.entries)), over: make([]int, len(m.entries)), coming: make([]int, len(m.entries)),
		last: make([]process.ID, len(m.entries)),
	}
}

// Judge finds the first entry that a process meets. It is to be called when the
// process's verdict is 0.
func (g *Guard) Judge(ctx context.Context, p *process.Process, resource pcommon.Resource) {
	for after := range g.lists {
		delete(g.further, step{p.Index(), after})
	}
	p.Verdict = noMatch
	if entry := g.matcher.Match(ctx, resource); entry >= 0 {
		p.Verdict = int16(entry + 1)
	}
}

// Assign finds the protected processes of a scrape, all of which are judged. An
// entry protects its oldest processes: whoever takes a name later gains nothing
// by it. Those beyond its limit may meet a later entry.
func (g *Guard) Assign(ctx context.Context, b *processbatch.Batch, h *processbatch.Host) {
	for entry := range g.lists {
		g.lists[entry], g.over[entry], g.coming[entry] = g.lists[entry][:0], 0, 0
	}
	if len(g.lists) == 0 {
		return
	}
	for i := range h.Entries {
		if p := h.Entries[i].Process; p != nil && p.Verdict > 0 {
			g.lists[p.Verdict-1] = append(g.lists[p.Verdict-1], i)
		}
	}
	for entry, list := range g.lists {
		most := g.matcher.entries[entry].Limit()
		if len(list) == most {
			g.last[entry] = h.Entries[slices.MaxFunc(list, func(a, b int) int {
				return byAge(h.Entries[a].Process.ID(), h.Entries[b].Process.ID())
			})].Process.ID()
		}
		if len(list) <= most {
			continue
		}
		slices.SortFunc(list, func(a, b int) int {
			return byAge(h.Entries[a].Process.ID(), h.Entries[b].Process.ID())
		})
		g.lists[entry], g.over[entry] = list[:most], len(list)-most
		g.last[entry] = h.Entries[list[most-1]].Process.ID()
		for _, i := range list[most:] {
			if next := g.next(ctx, b, &h.Entries[i], entry); next >= 0 {
				g.lists[next] = append(g.lists[next], i)
			}
		}
	}
}

// byAge orders the older first.
func byAge(a, b process.ID) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.PID, b.PID))
}

// next returns the next entry after one that a process meets, or -1.
func (g *Guard) next(ctx context.Context, b *processbatch.Batch, e *processbatch.Entry, after int) int {
	key := step{e.Process.Index(), after}
	entry, known := g.further[key]
	if !known {
		entry = g.matcher.MatchAfter(ctx, b.Resource(e), after)
		g.further[key] = entry
	}
	return entry
}

// Protected returns the processes that an entry protects in the scrape assigned
// last, as numbers in it.
func (g *Guard) Protected(entry int) []int { return g.lists[entry] }

// Over returns how many processes are beyond an entry's limit.
func (g *Guard) Over(entry int) int { return g.over[entry] }

// Admits reports whether an entry that a process's resource meets protects the
// process, which is then on its way: there is room for one more, or it is older
// than the youngest. No more are let in at a scrape than the entry protects.
func (g *Guard) Admits(ctx context.Context, resource pcommon.Resource, id process.ID) bool {
	protects := func(entry int) bool {
		most := g.matcher.entries[entry].Limit()
		full := len(g.lists[entry])+g.coming[entry] >= most
		return !full || (g.coming[entry] < most && byAge(id, g.last[entry]) < 0)
	}
	last := len(g.lists) - 1
	for last >= 0 && !protects(last) {
		last--
	}
	for entry := -1; entry < last; { // nothing is asked where nobody is protected
		if entry = g.matcher.MatchAfter(ctx, resource, entry); entry < 0 {
			return false
		}
		if protects(entry) {
			g.coming[entry]++
			return true
		}
	}
	return false
}
