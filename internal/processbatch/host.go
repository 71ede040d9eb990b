package processbatch

import (
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// clockBackAfter is how many late calls in a row, each newer than the one
// before, show that it is the host's clock that was set back.
const clockBackAfter = 3

// host returns the account of the host that the i-th resource belongs to, and
// opens its scrape at its first process in this call.
func (r *Reader) host(name string, rms pmetric.ResourceMetricsSlice, i int, at int64) *Host {
	h := r.last
	if h == nil || h.Name != name {
		h = r.hosts[name]
		if h == nil {
			h = r.newHost(name)
		}
		r.last = h
	}
	if h.resumed {
		h = r.resume(h, at)
	}
	if h.call != r.calls {
		h.call = r.calls
		h.Received, h.Points, h.Untracked, h.Unknown, h.plain = 0, 0, 0, 0, 0
		h.WithholdOther = false
		if h.late = r.isLate(h, rms, i, at); !h.late {
			h.Ledger.Begin()
			h.open(len(r.dict.ranks))
			r.describe(h, rms, i)
			r.batch.hosts = append(r.batch.hosts, h)
		}
	}
	return h
}

// staleAfter is how many times the last distance between two scrapes an
// account may be old when it goes on under other settings.
const staleAfter = 2

// resume returns the account to go on with after a change of settings: a new
// one if the old one is too old.
func (r *Reader) resume(h *Host, at int64) *Host {
	h.resumed = false
	last, before := h.Ledger.Time(), h.Ledger.Previous()
	if before == 0 || at-last <= staleAfter*(last-before) {
		return h
	}
	h.Ledger.Close()
	delete(r.hosts, h.Name)
	r.last = r.newHost(h.Name)
	return r.last
}

func (r *Reader) newHost(name string) *Host {
	if len(r.hosts) >= MaxHosts {
		var oldest *Host
		for _, h := range r.hosts {
			if oldest == nil || h.call < oldest.call || (h.call == oldest.call && h.Name < oldest.Name) {
				oldest = h
			}
		}
		if oldest.call == r.calls { // more hosts in one call than are kept account of
			return r.hosts[oldest.Name]
		}
		oldest.Ledger.Close()
		delete(r.hosts, oldest.Name)
	}
	h := &Host{Name: name, Ledger: process.NewLedger(r.dict.set, &r.budget)}
	r.hosts[name] = h
	return h
}

// isLate reports whether no process of the host in this call is newer than the
// host's last scrape. Only a call that begins with an old one is searched.
func (r *Reader) isLate(h *Host, rms pmetric.ResourceMetricsSlice, i int, at int64) bool {
	last := h.Ledger.Time()
	if !h.Ledger.Opened() || at > last {
		h.lateRun = 0
		return false
	}
	newest := at
	for _, t := range r.times(h.Name, rms, i+1) {
		newest = max(newest, t)
	}
	if newest > last {
		h.lateRun = 0
		return false
	}
	return !h.clockSetBack(newest)
}

// times lists the timestamps of a host's processes from a resource on. What
// was resolved of the present resource is kept.
func (r *Reader) times(host string, rms pmetric.ResourceMetricsSlice, from int) (times []int64) {
	entries := r.entries
	r.entries = nil
	for i := from; i < rms.Len(); i++ {
		who, ok := r.watch.identify(rms.At(i).Resource().Attributes())
		if !ok || who.host != host {
			continue
		}
		if t, _, ok := r.resolve(rms.At(i)); ok {
			times = append(times, t)
		}
	}
	r.entries = entries
	return times
}

func (h *Host) clockSetBack(newest int64) bool {
	if h.lateRun > 0 && newest <= h.lateAt {
		h.lateRun = 0
	}
	h.lateRun++
	h.lateAt = newest
	if h.lateRun < clockBackAfter {
		return false
	}
	h.lateRun = 0
	h.Ledger.Rewind()
	return true
}
