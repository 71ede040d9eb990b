package thinning

import (
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// member is a process that was kept.
type member struct {
	name     string
	index    int32
	metric   int16 // number of the metric that it was kept by, or NoMetric
	critical bool
}

// transitions lists the processes that began to be kept or ceased to be, and
// remembers who is kept now: the first of the choices.
func (h *Host) transitions(batch *processbatch.Batch, choices []Choice, kept int) []process.Transition {
	at := h.scrape.Ledger.Now()
	before := make(map[int32]member, len(h.former))
	for _, m := range h.former {
		before[m.index] = m
	}
	now := make([]member, 0, kept)
	var changed []process.Transition
	for i, c := range choices {
		p := h.scrape.Entries[c.Entry].Process
		m, was := before[int32(p.Index())]
		was = was && !p.New()
		delete(before, int32(p.Index()))
		switch {
		case i >= kept && was:
			c.Rule = RuleMaxSeries
			changed = append(changed, c.transition(at, m.name, false))
			continue
		case i >= kept:
			continue
		}
		name := executableName(batch.Resource(&h.scrape.Entries[c.Entry]))
		now = append(now, member{name, int32(p.Index()), int16(c.Metric), c.Class == 0})
		if !was {
			changed = append(changed, c.transition(at, name, true))
		}
	}
	for _, m := range h.former {
		if _, left := before[m.index]; !left {
			continue
		}
		if c, here := h.fallen(m); here {
			changed = append(changed, c.transition(at, m.name, false))
		}
	}
	h.former = now
	for _, t := range changed {
		h.history.Add(t)
	}
	return changed
}

// fallen says why a process that was kept has no claim any more; false if it
// is not in this scrape.
func (h *Host) fallen(m member) (c Choice, here bool) {
	p := h.scrape.Ledger.At(int(m.index))
	entry, here := h.scrape.Place(p)
	if !here || p.New() {
		return c, false
	}
	c = h.chooser.Fallen(&h.scrape, entry, int(m.metric))
	c.id = p.ID()
	return c, true
}

func (c Choice) transition(at int64, name string, kept bool) process.Transition {
	return process.Transition{
		Time: at, ID: c.id, Name: name, Kept: kept, Rule: c.Rule, Subject: c.Subject,
		Value: c.Value, Rank: c.Rank, Threshold: c.Threshold,
	}
}
