package topk

import (
	"cmp"
	"context"
	"math"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// noMatch is the verdict on a process that meets no critical entry; n+1 is
// that on one which meets entry n.
const noMatch = -1

// host is what topk remembers of one host apart from the account.
type host struct {
	in       *processbatch.Host
	rates    rates
	rankings []*ranking
	groups   *groups // nil: each process ranks on its own
	entries  critical.List
	history  process.History
	former   []member // kept in the previous scrape
	scrapes  int
	seen     []bool // by rank metric: it was in the input

	choices  []choice
	chosen   []int32  // by entry, while choosing: its choice + 1
	critical [][]int  // by critical entry: the processes that meet it
	over     []int    // by critical entry: how many are beyond its limit
	names    []string // of the rank metrics
}

// member is a process that was kept.
type member struct {
	index  int
	name   string
	metric int // number of the rank metric that it was kept by; noMetric if it was critical
}

// noMetric stands for the rank metric of a process that is kept without one.
const noMetric = -1

func newHost(in *processbatch.Host, cfg *Config) *host {
	h := &host{in: in}
	h.configure(cfg)
	return h
}

// configure applies a configuration. Of the one before it keeps the averages
// of the metrics that are still ranked by, and who is held by them.
func (h *host) configure(cfg *Config) {
	former := *h
	h.names, h.entries = rankNames(cfg.RankBy), cfg.Critical
	h.critical, h.over = make([][]int, len(cfg.Critical)), make([]int, len(cfg.Critical))
	h.rates = newRates(len(cfg.RankBy), cfg.HalfLife)
	h.seen, h.rankings = make([]bool, len(cfg.RankBy)), make([]*ranking, len(cfg.RankBy))
	h.scrapes = 0
	if h.groups = nil; len(cfg.RankGroup) > 0 {
		h.groups = newGroups(cfg.RankGroup)
	}
	for i, r := range cfg.RankBy {
		h.rankings[i] = newRanking(r, cfg.Hysteresis)
		if was := slices.Index(former.names, r.Metric); was >= 0 {
			h.rates.columns[i], h.seen[i] = former.rates.columns[was], former.seen[was]
			if former.groups == nil && h.groups == nil {
				h.rankings[i].held = former.rankings[was].held
			}
		}
	}
}

// match finds the processes that meet each critical entry.
func (h *host) match(ctx context.Context, batch *processbatch.Batch, matcher *critical.Matcher) {
	h.judge(ctx, batch, matcher)
	for i := range h.critical {
		h.critical[i], h.over[i] = h.critical[i][:0], 0
	}
	for i := range h.in.Entries {
		if p := h.in.Entries[i].Process; p != nil && p.Verdict > 0 {
			h.critical[p.Verdict-1] = append(h.critical[p.Verdict-1], i)
		}
	}
	for i, e := range matcher.Entries() {
		h.limit(i, e.Limit())
	}
}

// judge finds the critical entry and the group of every process that is new or
// has changed.
func (h *host) judge(ctx context.Context, batch *processbatch.Batch, matcher *critical.Matcher) {
	for i := range h.in.Entries {
		p := h.in.Entries[i].Process
		if p == nil || p.Verdict != 0 {
			continue
		}
		if p.New() {
			h.rates.forget(p.Index())
		}
		resource := batch.Resource(&h.in.Entries[i])
		if p.Verdict = noMatch; len(h.critical) > 0 {
			if entry := matcher.Match(ctx, resource); entry >= 0 {
				p.Verdict = int16(entry + 1)
			}
		}
		h.regroup(p, resource)
	}
}

func (h *host) regroup(p *process.Process, resource pcommon.Resource) {
	if h.groups != nil {
		h.groups.put(p, resource.Attributes())
	}
}

// limit leaves an entry its oldest processes: whoever takes the name later
// gains nothing by it.
func (h *host) limit(entry, most int) {
	list := h.critical[entry]
	if len(list) <= most {
		return
	}
	slices.SortFunc(list, func(a, b int) int {
		x, y := h.in.Entries[a].Process.ID(), h.in.Entries[b].Process.ID()
		return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.PID, y.PID))
	})
	h.over[entry] = len(list) - most
	h.critical[entry] = list[:most]
}

// choose lists every process that has a claim to be kept, once, with its
// strongest claim.
func (h *host) choose() []choice {
	h.scrapes++
	h.choices = h.choices[:0]
	h.chosen = make([]int32, len(h.in.Entries))
	defer func() { h.chosen = nil }()
	for i, list := range h.critical {
		for _, entry := range list {
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

// lowest returns the process to forget for a new one that meets a critical
// entry: not critical itself, by its first average the lowest, the youngest
// among equals. It is nil if the entry protects as many as it may already.
func (h *host) lowest(entry, limit int) (victim *process.Process) {
	protected, least := 0, math.Inf(1)
	h.in.Ledger.Processes(func(p *process.Process) {
		switch {
		case int(p.Verdict) == entry+1:
			protected++
		case p.Verdict != noMatch:
			return
		default:
			rate := h.rates.latest(p.Index())
			if rate < least || (rate == least && victim.ID().Start < p.ID().Start) {
				victim, least = p, rate
			}
		}
	})
	if protected >= limit {
		return nil
	}
	return victim
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
		case !was:
			m = member{index: p.Index(), name: executableName(batch.Resource(&h.in.Entries[c.entry]))}
			changed = append(changed, c.transition(at, m.name, true))
		}
		m.metric = c.metric
		now = append(now, m)
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
	if m.metric == noMetric || m.metric >= len(h.rankings) {
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
