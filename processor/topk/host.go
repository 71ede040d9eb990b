package topk

import (
	"cmp"
	"context"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// host is what topk remembers of one host apart from the account.
type host struct {
	in       *processbatch.Host
	guard    *critical.Guard
	entries  critical.List
	rates    rates
	rankings []*ranking
	by       []string // rank_group
	groups   *groups  // nil: each process ranks on its own
	history  process.History
	former   []member // kept in the previous scrape
	scrapes  int
	names    []string // of the rank metrics
	seen     []bool   // by rank metric: it was in the input

	choices []choice
	chosen  []int32 // by entry, while choosing: its choice + 1
}

// member is a process that was kept.
type member struct {
	index  int
	name   string
	metric int // number of the rank metric that it was kept by; noMetric if it was critical
}

// noMetric stands for the rank metric of a process that is kept without one.
const noMetric = -1

func newHost(in *processbatch.Host, cfg *Config, matcher *critical.Matcher) *host {
	h := &host{in: in}
	h.configure(cfg, matcher)
	return h
}

// configure applies a configuration. Of the one before it keeps the averages
// of the metrics that are still ranked by, and who is held by them.
func (h *host) configure(cfg *Config, matcher *critical.Matcher) {
	former := *h
	h.names, h.entries, h.guard = rankNames(cfg.RankBy), cfg.Critical, critical.NewGuard(matcher)
	h.rates = newRates(len(cfg.RankBy), cfg.HalfLife)
	h.seen, h.rankings = make([]bool, len(cfg.RankBy)), make([]*ranking, len(cfg.RankBy))
	h.scrapes = 0
	regrouped := !slices.Equal(h.by, cfg.RankGroup)
	if h.by = cfg.RankGroup; regrouped {
		h.groups = nil
		if len(h.by) > 0 {
			h.groups = newGroups(h.by)
		}
	}
	for i, r := range cfg.RankBy {
		h.rankings[i] = newRanking(r, cfg.Hysteresis)
		if was := slices.Index(former.names, r.Metric); was >= 0 {
			h.rates.columns[i], h.seen[i] = former.rates.columns[was], former.seen[was]
			if !regrouped {
				h.rankings[i].held = former.rankings[was].held
			}
		}
	}
	for i := range h.former {
		if m := &h.former[i]; m.metric != noMetric {
			m.metric = slices.Index(h.names, former.names[m.metric])
		}
	}
}

// match finds the processes that meet each critical entry, and the group of
// every process that is new or has changed.
func (h *host) match(ctx context.Context, batch *processbatch.Batch) {
	for i := range h.in.Entries {
		if p := h.in.Entries[i].Process; p != nil && p.Verdict == 0 {
			h.meet(ctx, batch, &h.in.Entries[i])
		}
	}
	h.guard.Assign(ctx, batch, h.in)
}

// meet finds the first critical entry and the group of a process that is new or
// has changed.
func (h *host) meet(ctx context.Context, batch *processbatch.Batch, e *processbatch.Entry) {
	if e.Process.New() {
		h.rates.forget(e.Process.Index())
	}
	resource := batch.Resource(e)
	h.guard.Judge(ctx, e.Process, resource)
	if h.groups != nil {
		h.groups.put(e.Process, resource.Attributes())
	}
}

// choose lists every process that has a claim to be kept, once, with its
// strongest claim.
func (h *host) choose() []choice {
	h.scrapes++
	h.choices = h.choices[:0]
	h.chosen = make([]int32, len(h.in.Entries))
	defer func() { h.chosen = nil }()
	for i := range h.entries {
		for _, entry := range h.guard.Protected(i) {
			h.claim(choice{entry: entry, rule: ruleCritical, subject: h.entries[i].Name, metric: noMetric})
		}
	}
	h.measure()
	for metric, r := range h.rankings {
		for _, got := range r.rank(h.field(metric)) {
			h.claimUnit(metric, got)
		}
	}
	return h.choices
}

// claimUnit claims a ranked process, or all the members of a ranked group.
func (h *host) claimUnit(metric int, got ranked) {
	c := choice{
		rule: ruleRank, subject: h.names[metric], metric: metric,
		value: got.value, rank: got.rank, threshold: got.threshold,
	}
	if got.displaced {
		c.rule = ruleHold
	}
	if h.groups == nil {
		c.entry = got.unit
		h.claim(c)
		return
	}
	for _, entry := range h.groups.members(got.unit) {
		c.entry = entry
		h.claim(c)
	}
}

func (h *host) claim(c choice) {
	e := &h.in.Entries[c.entry]
	if e.Points == 0 { // every value was refused: there is nothing to keep
		return
	}
	c.id, c.points = e.Process.ID(), int(e.Points)
	if at := h.chosen[c.entry]; at == 0 {
		h.choices = append(h.choices, c)
		h.chosen[c.entry] = int32(len(h.choices))
	} else if better(c, h.choices[at-1]) {
		h.choices[at-1] = c
	}
}

// measure finds the value of every process by every rank metric, in place of
// what the reader found.
func (h *host) measure() {
	if h.groups != nil {
		h.groups.begin(h.in.Ledger)
	}
	for i := range h.in.Entries {
		e := &h.in.Entries[i]
		values := h.in.Values(i, len(h.names))
		for m := range values {
			if e.Process == nil {
				values[m] = absent
				continue
			}
			values[m] = h.rates.value(m, e, values[m])
			h.seen[m] = h.seen[m] || values[m] != absent
		}
		if h.groups != nil && e.Process != nil {
			h.groups.add(i, e.Process, values)
		}
	}
}

// field returns what is ranked by a metric.
func (h *host) field(metric int) field {
	if h.groups != nil {
		return h.groups.field(metric, len(h.names))
	}
	entries, ledger := h.in.Entries, h.in.Ledger
	return field{
		values: h.in.AllValues()[min(metric, len(h.in.AllValues())):], stride: len(h.names),
		id:     func(i int) process.ID { return entries[i].Process.ID() },
		column: func(i int) int { return entries[i].Process.Index() },
		find: func(column int) (int, bool) {
			p := ledger.At(column)
			entry, here := h.in.Place(p)
			return entry, here && !p.New()
		},
	}
}

// forgetLowest makes room for another process: the lowest by its first average
// is forgotten, of equals the one with the least level in this scrape, then the
// youngest. Whoever is protected is not, and who was kept only if evenKept. It
// reports false if there is nobody to forget.
func (h *host) forgetLowest(ctx context.Context, batch *processbatch.Batch, evenKept bool) bool {
	kept := make(map[int]bool, len(h.former)) // by index: whether it is protected
	for _, m := range h.former {
		kept[m.index] = m.metric == noMetric
	}
	var victim *process.Process
	var least worth
	h.in.Ledger.Processes(func(p *process.Process) {
		protected, was := kept[p.Index()]
		if was = was && !p.New(); (was && (protected || !evenKept)) || h.mayBeProtected(ctx, batch, p) {
			return
		}
		if w := h.worth(p); victim == nil || w.less(least) {
			victim, least = p, w
		}
	})
	if victim == nil {
		return false
	}
	h.in.Evict(victim)
	return true
}

// worth is what tells who is forgotten first.
type worth struct {
	rate, level float64
	begun       int64
}

func (a worth) less(b worth) bool {
	return cmp.Or(cmp.Compare(a.rate, b.rate), cmp.Compare(a.level, b.level), cmp.Compare(b.begun, a.begun)) < 0
}

func (h *host) worth(p *process.Process) worth {
	w := worth{rate: h.rates.latest(p.Index()), begun: p.ID().Start}
	entry, here := h.in.Place(p)
	if !here {
		return w
	}
	for m, v := range h.in.Values(entry, len(h.names)) {
		if h.in.Entries[entry].Rates&(1<<m) == 0 {
			w.level = max(w.level, v)
		}
	}
	return w
}

// mayBeProtected reports whether a process meets an entry and is not known to
// be beyond its limit: it is new, or none was assigned yet.
func (h *host) mayBeProtected(ctx context.Context, batch *processbatch.Batch, p *process.Process) bool {
	if p.Verdict == 0 && len(h.entries) > 0 {
		if entry, here := h.in.Place(p); here {
			h.meet(ctx, batch, &h.in.Entries[entry])
		}
	}
	return p.Verdict > 0 && (p.New() || h.scrapes == 0)
}

// hold tells the rankings who is kept.
func (h *host) hold(kept []choice) {
	columns := make(map[int]bool, len(kept))
	for _, c := range kept {
		p := h.in.Entries[c.entry].Process
		if h.groups != nil {
			columns[h.groups.of[p.Index()]] = true
		} else {
			columns[p.Index()] = true
		}
	}
	for _, r := range h.rankings {
		r.release(columns)
	}
}

// transitions lists the processes that began to be kept or ceased to be, and
// remembers who is kept now.
func (h *host) transitions(batch *processbatch.Batch, choices []choice, kept int) []process.Transition {
	at := h.in.Ledger.Now()
	before := make(map[int]member, len(h.former))
	for _, m := range h.former {
		before[m.index] = m
	}
	now := make([]member, 0, kept)
	var changed []process.Transition
	for i, c := range choices {
		p := h.in.Entries[c.entry].Process
		m, was := before[p.Index()]
		was = was && !p.New()
		delete(before, p.Index())
		switch {
		case i >= kept && was:
			c.rule = ruleMaxSeries
			changed = append(changed, c.transition(at, m.name, false))
			continue
		case i >= kept:
			continue
		}
		name := executableName(batch.Resource(&h.in.Entries[c.entry]))
		now = append(now, member{p.Index(), name, c.metric})
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

// fallen says how far below the last that ranks a process is which was kept
// and has no claim any more; false if it is not in this scrape.
func (h *host) fallen(m member) (c choice, here bool) {
	p := h.in.Ledger.At(m.index)
	entry, here := h.in.Place(p)
	if !here || p.New() {
		return c, false
	}
	c = choice{id: p.ID(), rule: ruleBelow}
	if m.metric == noMetric {
		return c, true
	}
	c.subject, c.threshold = h.names[m.metric], h.rankings[m.metric].threshold
	c.value = h.in.Values(entry, len(h.names))[m.metric]
	if h.groups != nil {
		c.value = h.groups.value(p, m.metric, len(h.names))
	}
	c.value = max(c.value, 0) // what has none, or a bad one, has nothing
	return c, true
}

func (c choice) transition(at int64, name string, kept bool) process.Transition {
	return process.Transition{
		Time: at, ID: c.id, Name: name, Kept: kept, Rule: c.rule, Subject: c.subject,
		Value: c.value, Rank: c.rank, Threshold: c.threshold,
	}
}

func executableName(resource pcommon.Resource) string {
	if v, ok := resource.Attributes().Get("process.executable.name"); ok {
		return v.AsString()
	}
	return ""
}
