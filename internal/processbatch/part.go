package processbatch

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// EndPart ends a part of a host's rest, at any time but in Write: its series
// get their last points with the next scrape that is written, and its number
// may be used for another part. What it did not come to show is _other_'s, with
// the processes that still belong to it, which have no verdict any more.
func (h *Host) EndPart(part process.Part) {
	h.Ledger.EndPart(part)
	for i := range h.Entries {
		if h.Entries[i].Part == part {
			h.Entries[i].Part = 0
		}
	}
}

func (h *Host) endParts() {
	for part := range h.Ledger.Parts() {
		h.EndPart(part)
	}
}

// drop notes a process that is not kept: its part, or _other_, stands for it.
func (h *Host) drop(part process.Part) {
	for len(h.dropped) <= int(part) {
		h.dropped = append(h.dropped, 0)
	}
	h.dropped[part]++
}

// standsFor is how many processes of this scrape a part stands for.
func (h *Host) standsFor(part process.Part) int {
	if int(part) >= len(h.dropped) {
		return 0
	}
	return h.dropped[part]
}

// division is one part as it is written.
type division struct {
	part process.Part
	rest *process.Rest
	rm   pmetric.ResourceMetrics
}

// openParts makes the resources of the parts. One that looks different from the
// last time has other series from now on.
func (w *Writer) openParts(out pmetric.ResourceMetricsSlice, h *Host) (parts []division) {
	for part, rest := range h.Ledger.Parts() {
		if part == 0 {
			continue
		}
		rm := w.openRest(out, h, func(attrs pcommon.Map) { w.settings.Describe(h, part, attrs) })
		if s := w.written(h).restOf(part); s != nil && s.labels != labelsOf(rm, nil) {
			rest.Relabel()
		}
		parts = append(parts, division{part, rest, rm})
	}
	return parts
}

// writeParts writes them after the scrape was closed.
func (w *Writer) writeParts(h *Host, parts []division, res *Result) {
	for _, d := range parts {
		count := h.standsFor(d.part)
		res.Parts++
		res.Divided += count
		res.PartPoints += w.writeRest(d.rm, h, d.part, d.rest, count)
	}
}
