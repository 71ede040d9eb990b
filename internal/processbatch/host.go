package processbatch

import (
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// clockBackAfter is how many late calls in a row, each newer than the one
// before, show that it is the host's clock that was set back.
const clockBackAfter = 3

// host returns the account of the host that the i-th resource belongs to, and
// opens its scrape at its first process in this call. It is nil if this call
// has more hosts than are kept account of.
func (r *Reader) host(name string, rms pmetric.ResourceMetricsSlice, i int, at int64) *Host {
	h := r.last
	if h == nil || h.Name != name {
		h = r.hosts[name]
		if h == nil {
			h = r.newHost(name)
		}
		r.last = h
	}
	if h != nil && h.call != r.calls {
		r.openHost(h, rms, i, at)
	}
	return h
}

func (r *Reader) openHost(h *Host, rms pmetric.ResourceMetricsSlice, i int, at int64) {
	h.call = r.calls
	h.Received, h.Points, h.Untracked, h.Unknown, h.plain = 0, 0, 0, 0, 0
	h.WithholdOther = false
	clear(h.dropped)
	if h.late = r.isLate(h, rms, i, at); h.late {
		return
	}
	h.Ledger.Begin()
	h.open(len(r.dict.ranks))
	r.describe(h, rms, i)
	r.batch.hosts = append(r.batch.hosts, h)
}

// retire lets the series of a metric give way to those of another one of its
// name that came in its place, as a delta sum does to a cumulative one: to a
// backend they would be the same series.
func (r *Reader) retire() {
	met := map[string]bool{}
	for _, m := range r.dict.metrics {
		met[m.key.name] = met[m.key.name] || m.met == r.calls
	}
	for _, m := range r.dict.metrics {
		if m.met == r.calls || !met[m.key.name] {
			continue
		}
		for _, pt := range m.points {
			for _, h := range r.batch.hosts {
				if pt.number >= 0 {
					h.Ledger.Retire(process.Slot(pt.number))
				}
			}
		}
	}
}

func (r *Reader) newHost(name string) *Host {
	if len(r.hosts) >= MaxHosts {
		var oldest *Host
		for _, h := range r.hosts {
			if oldest == nil || h.call < oldest.call || (h.call == oldest.call && h.Name < oldest.Name) {
				oldest = h
			}
		}
		if oldest.call == r.calls {
			return nil
		}
		oldest.Ledger.Close()
		delete(r.hosts, oldest.Name)
	}
	h := &Host{Name: name, Ledger: process.NewLedger(r.dict.set, &r.budget)}
	r.hosts[name] = h
	return h
}

// soon is how much later than the last scrape a process is believed to be of a
// new one without a look at the others: its clock may be wrong.
const soon = int64(3600e9)

// isLate reports whether no process of the host in this call is newer than the
// host's last scrape. Only a call that does not begin with one that is a little
// newer is searched.
func (r *Reader) isLate(h *Host, rms pmetric.ResourceMetricsSlice, i int, at int64) bool {
	last := h.Ledger.Time()
	if !h.Ledger.Opened() || (at > last && at <= last+soon) {
		h.lateRun = 0
		return false
	}
	var span process.Span
	span.Add(at)
	r.others(h.Name, rms, i+1, func(_ pmetric.ResourceMetrics, at int64) { span.Add(at) })
	if span.Last() > last {
		h.lateRun = 0
		return false
	}
	return !h.clockSetBack(span.Last())
}

// others calls f with the processes of a host from a resource on, and the
// timestamp of each. What was resolved of the present resource is kept.
func (r *Reader) others(host string, rms pmetric.ResourceMetricsSlice, from int, f func(pmetric.ResourceMetrics, int64)) {
	entries := r.entries
	r.entries = nil
	for i := from; i < rms.Len(); i++ {
		who, ok := r.watch.identify(rms.At(i).Resource().Attributes())
		if !ok || who.host != host {
			continue
		}
		if at, _, ok := r.resolve(rms.At(i)); ok {
			f(rms.At(i), at)
		}
	}
	r.entries = entries
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
