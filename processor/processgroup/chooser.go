package processgroup

import (
	"context"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// ruleGroup says that a process is part of its group again.
const ruleGroup = "group"

// chooser finds the groups of one host's processes.
type chooser struct {
	*strategy
	table   *table
	refused map[int]uint64 // by index: of a process that had no place, a hash of its group
	beyond  int            // processes of this scrape that are _other_'s for want of a place
	grouped int            // processes of this scrape that groups stand for
}

// Divide finds the group of a process that is new or has changed.
func (c *chooser) Divide(p *process.Process, resource pcommon.Resource) process.Part {
	delete(c.refused, p.Index())
	g, ok := c.identify(resource)
	if !ok {
		return 0
	}
	if known, ok := c.table.find(g.key); ok {
		return known.part
	}
	opened, ok := c.table.open(g)
	if !ok {
		c.refused[p.Index()] = hash(g.key)
		return 0
	}
	return opened.part
}

// Meet has nothing to find: Divide did.
func (*chooser) Meet(context.Context, *process.Process, pcommon.Resource) {}

// Choose claims nobody: critical processes alone stay on their own.
func (*chooser) Choose(*thinning.Scrape, func(thinning.Choice)) {}

// Kept settles which groups there are, now that it is known who is in them.
func (c *chooser) Kept(s *thinning.Scrape, _ []thinning.Choice) {
	c.end(s, c.table.settle(s.Ledger.Now(), c.members(s)))
	c.count(s)
	if !c.table.full {
		c.reconsider(s.Ledger)
	}
}

// members counts the processes that each group stands for, and the groups of
// those that would be in one if there had been a place.
func (c *chooser) members(s *thinning.Scrape) (wanted int) {
	for _, g := range c.table.groups {
		g.members = 0
	}
	without := map[uint64]bool{}
	for i := range s.Entries {
		e := &s.Entries[i]
		if e.Keep {
			continue
		}
		if g := c.table.byPart[e.Part]; g != nil {
			g.members++
		} else if group, ok := c.refusal(e); ok {
			without[group] = true
		}
	}
	return len(without)
}

// refusal returns a hash of the group of a process that had no place.
func (c *chooser) refusal(e *processbatch.Entry) (group uint64, ok bool) {
	if e.Process == nil {
		return 0, false
	}
	group, ok = c.refused[e.Process.Index()]
	return group, ok
}

// hash stands for the key of a group that has no place. Keys are as long as
// users make them, and there is one for each of many processes.
func hash(key string) uint64 { return processbatch.HashText(key) }

// end lets the processes of groups that ended be _other_'s.
func (c *chooser) end(s *thinning.Scrape, groups []*group) {
	ended := make(map[process.Part]uint64, len(groups))
	for _, g := range groups {
		ended[g.part] = hash(g.key)
	}
	for i := range s.Entries {
		e := &s.Entries[i]
		if group, ok := ended[e.Part]; ok && e.Process != nil { // else it gave way to a critical one
			c.refused[e.Process.Index()] = group
		}
	}
	for _, g := range groups {
		s.EndPart(g.part)
	}
}

// reconsider lets those processes be divided anew whose groups had no place.
func (c *chooser) reconsider(l *process.Ledger) {
	for index := range c.refused {
		l.At(index).Verdict = 0
	}
}

// count notes where the processes are that are not kept.
func (c *chooser) count(s *thinning.Scrape) {
	c.beyond, c.grouped = 0, 0
	for i := range s.Entries {
		switch e := &s.Entries[i]; {
		case e.Keep:
		case e.Part > 0:
			c.grouped++
		default:
			if _, refused := c.refusal(e); refused {
				c.beyond++
			}
		}
	}
}

// Fallen says that a process which was critical is part of its group.
func (c *chooser) Fallen(s *thinning.Scrape, entry, _ int) thinning.Choice {
	fallen := thinning.Choice{Rule: ruleGroup}
	if g := c.table.byPart[s.Entries[entry].Part]; g != nil {
		fallen.Subject = g.name
	}
	return fallen
}
