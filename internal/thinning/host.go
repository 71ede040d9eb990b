package thinning

import (
	"context"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// Host is what is remembered of one host apart from its account.
type Host struct {
	scrape  Scrape
	chooser Chooser
	guard   *critical.Guard
	entries critical.List
	rates   rates
	names   []string // of the metrics
	seen    []bool   // by metric: it was in the input
	scrapes int
	history process.History
	former  []member // kept in the previous scrape
	claims  int      // how many had a claim in it

	// While choosing.
	choices []Choice
	chosen  []int32 // by entry: its choice + 1
}

// Chooser returns who chooses for the host.
func (h *Host) Chooser() Chooser { return h.chooser }

// Scrape returns the host's scrape in the present batch.
func (h *Host) Scrape() *Scrape { return &h.scrape }

func newHost(in *processbatch.Host, p *Processor) *Host {
	h := &Host{scrape: Scrape{Host: in}}
	h.configure(p)
	return h
}

// configure applies a configuration. Of the one before it keeps the averages
// of the metrics that are measured still.
func (h *Host) configure(p *Processor) {
	names, columns, seen := h.names, h.rates.columns, h.seen
	h.names, h.entries, h.guard = p.strategy.Metrics(), p.settings.Critical, critical.NewGuard(p.critical)
	h.rates = newRates(len(h.names), p.settings.HalfLife)
	h.seen, h.scrapes, h.scrape.metrics = make([]bool, len(h.names)), 0, len(h.names)
	for i, name := range h.names {
		if was := slices.Index(names, name); was >= 0 {
			h.rates.columns[i], h.seen[i] = columns[was], seen[was]
		}
	}
	for i := range h.former {
		if m := &h.former[i]; m.metric != NoMetric {
			m.metric = int16(slices.Index(h.names, names[m.metric]))
		}
	}
	h.chooser = p.strategy.Chooser(h.chooser)
}

// match finds the processes that each critical entry protects, and lets the
// chooser meet every process that is new or has changed.
func (h *Host) match(ctx context.Context, batch *processbatch.Batch) {
	h.scrape.Batch = batch
	for i := range h.scrape.Entries {
		if p := h.scrape.Entries[i].Process; p != nil && p.Verdict == 0 {
			h.meet(ctx, batch, &h.scrape.Entries[i])
		}
	}
	h.guard.Assign(ctx, batch, h.scrape.Host)
}

func (h *Host) meet(ctx context.Context, batch *processbatch.Batch, e *processbatch.Entry) {
	if e.Process.New() {
		h.rates.forget(e.Process.Index())
	}
	resource := batch.Resource(e)
	h.guard.Judge(ctx, e.Process, resource)
	h.chooser.Meet(ctx, e.Process, resource)
}

// choose lists every process that has a claim to be kept, once, with its
// strongest claim.
func (h *Host) choose() []Choice {
	h.scrapes++
	h.choices = make([]Choice, 0, h.claims+h.claims/16+16)
	h.chosen = make([]int32, len(h.scrape.Entries))
	defer func() { h.choices, h.chosen = nil, nil }()
	for i := range h.entries {
		for _, entry := range h.guard.Protected(i) {
			h.claim(Choice{Entry: entry, Rule: RuleCritical, Subject: h.entries[i].Name, Metric: NoMetric})
		}
	}
	h.measure()
	h.chooser.Choose(&h.scrape, h.claim)
	h.claims = len(h.choices)
	return h.choices
}

func (h *Host) claim(c Choice) {
	e := &h.scrape.Entries[c.Entry]
	if e.Points == 0 { // every value was refused: there is nothing to keep
		return
	}
	c.id, c.points = e.Process.ID(), int(e.Points)
	if at := h.chosen[c.Entry]; at == 0 {
		h.choices = append(h.choices, c)
		h.chosen[c.Entry] = int32(len(h.choices))
	} else if byClaim(&c, &h.choices[at-1]) < 0 {
		h.choices[at-1] = c
	}
}

// measure finds the value of every process by every metric, in place of what
// the reader found.
func (h *Host) measure() {
	for i := range h.scrape.Entries {
		e := &h.scrape.Entries[i]
		values := h.scrape.Values(i)
		for m := range values {
			if e.Process == nil {
				values[m] = Absent
				continue
			}
			values[m] = h.rates.value(m, e, values[m])
			h.seen[m] = h.seen[m] || values[m] != Absent
		}
	}
}

func executableName(resource pcommon.Resource) string {
	if v, ok := resource.Attributes().Get("process.executable.name"); ok {
		return v.AsString()
	}
	return ""
}
