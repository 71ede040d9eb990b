package topk

import (
	"context"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// Rules that decide about a process beside those of every strategy.
const (
	ruleRank  = "rank"       // it is one of the top K
	ruleHold  = "hysteresis" // it was, and is only just displaced
	ruleBelow = "below_rank" // it is not
)

// Classes of claims: of those displaced, the last ones to be kept.
const (
	classRank = 1 + iota
	classHold
)

// chooser ranks the processes of one host.
type chooser struct {
	names    []string // of the rank metrics
	rankings []*ranking
	by       []string // rank_group
	groups   *groups  // nil: each process ranks on its own
}

// Meet finds the group of a process that is new or has changed.
func (c *chooser) Meet(_ context.Context, p *process.Process, resource pcommon.Resource) {
	if c.groups != nil {
		c.groups.put(p, resource.Attributes())
	}
}

// Choose claims the top K by every metric, and who stays by hysteresis.
func (c *chooser) Choose(s *thinning.Scrape, claim func(thinning.Choice)) {
	if c.groups != nil {
		c.group(s)
	}
	for metric, r := range c.rankings {
		for _, got := range r.rank(c.field(s, metric)) {
			c.claim(metric, got, claim)
		}
	}
}

// group sums up the groups of a scrape.
func (c *chooser) group(s *thinning.Scrape) {
	c.groups.begin(s.Ledger)
	for i := range s.Entries {
		if p := s.Entries[i].Process; p != nil {
			c.groups.add(i, p, s.Values(i))
		}
	}
}

// claim claims a ranked process, or all the members of a ranked group.
func (c *chooser) claim(metric int, got ranked, claim func(thinning.Choice)) {
	choice := thinning.Choice{
		Class: classRank, Order: float64(got.rank), Tie: metric,
		Rule: ruleRank, Subject: c.names[metric], Metric: metric,
		Value: got.value, Rank: got.rank, Threshold: got.threshold,
	}
	if got.displaced {
		choice.Class, choice.Rule = classHold, ruleHold
	}
	if c.groups == nil {
		choice.Entry = got.unit
		claim(choice)
		return
	}
	for _, entry := range c.groups.members(got.unit) {
		choice.Entry = entry
		claim(choice)
	}
}

// field returns what is ranked by a metric.
func (c *chooser) field(s *thinning.Scrape, metric int) field {
	if c.groups != nil {
		return c.groups.field(metric, len(c.names))
	}
	entries, values := s.Entries, s.AllValues()
	return field{
		values: values[min(metric, len(values)):], stride: len(c.names),
		id:     func(i int) process.ID { return entries[i].Process.ID() },
		column: func(i int) int { return entries[i].Process.Index() },
		find: func(column int) (int, bool) {
			p := s.Ledger.At(column)
			entry, here := s.Place(p)
			return entry, here && !p.New()
		},
	}
}

// Kept tells the rankings who is kept.
func (c *chooser) Kept(s *thinning.Scrape, kept []thinning.Choice) {
	columns := make(map[int]bool, len(kept))
	for _, k := range kept {
		p := s.Entries[k.Entry].Process
		if c.groups != nil {
			columns[c.groups.of[p.Index()]] = true
		} else {
			columns[p.Index()] = true
		}
	}
	for _, r := range c.rankings {
		r.release(columns)
	}
}

// Fallen says how far below the last that ranks a process is.
func (c *chooser) Fallen(s *thinning.Scrape, entry, metric int) thinning.Choice {
	fallen := thinning.Choice{Rule: ruleBelow}
	if metric == thinning.NoMetric {
		return fallen
	}
	fallen.Subject, fallen.Threshold = c.names[metric], c.rankings[metric].threshold
	fallen.Value = s.Values(entry)[metric]
	if c.groups != nil {
		fallen.Value = c.groups.value(s.Entries[entry].Process, metric, len(c.names))
	}
	fallen.Value = max(fallen.Value, 0) // what has none, or a bad one, has nothing
	return fallen
}
