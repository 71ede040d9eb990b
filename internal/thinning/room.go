package thinning

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// admit makes room for a critical process when state_limit is reached: of its
// own host if that has somebody to forget who is not kept, else of another one.
// Who is kept is forgotten last.
func (p *Processor) admit(batch *processbatch.Batch, in *processbatch.Host, resource pcommon.Resource, id process.ID) bool {
	ctx, own := context.Background(), p.host(in)
	if !own.guard.Admits(ctx, resource, id) {
		return false
	}
	hosts := []*Host{own}
	for other, h := range p.hosts {
		if h != own && p.reader.Knows(other) {
			hosts = append(hosts, h)
		}
	}
	slices.SortFunc(hosts[1:], func(a, b *Host) int { return strings.Compare(a.scrape.Name, b.scrape.Name) })
	for _, evenKept := range []bool{false, true} {
		for _, h := range hosts {
			if h.forgetLowest(ctx, batch, evenKept) {
				return true
			}
		}
	}
	return false
}

// forgetLowest makes room for another process: the lowest by its first average
// is forgotten, of equals the one with the least level in this scrape, then the
// youngest. Whoever is protected is not, and who was kept only if evenKept. It
// reports false if there is nobody to forget.
func (h *Host) forgetLowest(ctx context.Context, batch *processbatch.Batch, evenKept bool) bool {
	kept := make(map[int]bool, len(h.former)) // by index: whether it is protected
	for _, m := range h.former {
		kept[int(m.index)] = m.critical
	}
	var victim *process.Process
	var least worth
	h.scrape.Ledger.Processes(func(p *process.Process) {
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
	h.scrape.Evict(victim)
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

func (h *Host) worth(p *process.Process) worth {
	w := worth{rate: h.rates.latest(p.Index()), begun: p.ID().Start}
	entry, here := h.scrape.Place(p)
	if !here {
		return w
	}
	for m, v := range h.scrape.Values(entry) {
		if h.scrape.Entries[entry].Rates&(1<<m) == 0 {
			w.level = max(w.level, v)
		}
	}
	return w
}

// mayBeProtected reports whether a process meets an entry and is not known to
// be beyond its limit: it is new, or none was assigned yet.
func (h *Host) mayBeProtected(ctx context.Context, batch *processbatch.Batch, p *process.Process) bool {
	if p.Verdict == 0 && len(h.entries) > 0 {
		if entry, here := h.scrape.Place(p); here {
			h.meet(ctx, batch, &h.scrape.Entries[entry])
		}
	}
	return p.Verdict > 0 && (p.New() || h.scrapes == 0)
}
