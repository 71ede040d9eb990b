package thinning

import (
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// missingAfter is after how many scrapes a metric that none of them had is
// reported.
const missingAfter = 3

// report is what one batch is told about in the processor's own metrics.
type report struct {
	passed, received     int // points of other resources, and of processes
	in, kept, other      int // series
	written              int // points of processes that go on
	processesKept        int
	tracked, late, split int
	hosts, extra         int // hosts in the batch; points of hosts beyond the limit
	exceeded             int
	began, ceased        int
	critical, over       map[string]int
	missing              map[string]bool
	faults               process.Faults
	unknown, notAdditive int
	waiting              map[string]float64
}

// add takes the decisions on one host into the report.
func (r *report) add(h *Host, kept []Choice, exceeded int) {
	in := h.scrape.Host
	r.received += in.Received
	r.in += in.Points
	r.exceeded += exceeded
	r.processesKept += len(kept)
	r.unknown += in.Unknown
	if in.Ledger.InPieces() {
		r.split++
	}
	for _, c := range kept {
		r.kept += c.points
		if c.Class == 0 {
			count(&r.critical, c.Subject, 1)
		}
	}
	for i, e := range h.entries {
		count(&r.over, e.Name, h.guard.Over(i))
		count(&r.critical, e.Name, 0)
	}
	r.addMissing(h)
	r.addFaults(in.Ledger.Faults)
}

// addMissing notes the metrics that no host has had so far.
func (r *report) addMissing(h *Host) {
	for m, seen := range h.seen {
		if r.missing == nil {
			r.missing = map[string]bool{}
		}
		elsewhere, counted := r.missing[h.names[m]]
		r.missing[h.names[m]] = (elsewhere || !counted) && !seen && h.scrapes >= missingAfter
	}
}

func (r *report) addFaults(f process.Faults) {
	r.faults.Bad += f.Bad
	r.faults.Dips += f.Dips
	r.faults.Resets += f.Resets
	r.faults.Duplicates += f.Duplicates
	r.faults.Untracked += f.Untracked
	r.faults.Overflow += f.Overflow
}

func count(m *map[string]int, name string, n int) {
	if *m == nil {
		*m = map[string]int{}
	}
	(*m)[name] += n
}

func (r *report) changed(transitions []process.Transition) {
	for _, t := range transitions {
		if t.Kept {
			r.began++
		} else {
			r.ceased++
		}
	}
}

// wrote takes the result into the report.
func (r *report) wrote(w processbatch.Result) {
	r.kept, r.other, r.notAdditive = w.KeptPoints, w.OtherPoints, w.PlainDropped
	r.written = w.KeptPoints + w.PartPoints + w.OtherPoints + w.Ended
}
