package processbatch

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// Total is what the processes of a host that are not kept have of one series:
// with a reader whose entries are never kept, that is all of them.
type Total struct {
	Key   string // see SeriesKey
	Kind  process.Kind
	Float bool
	Value process.Amount
}

// Totals calls f for every series that the host ever had, after the scrape was
// closed. What waits for a first sample of _other_, or of a part, is counted.
func (r *Reader) Totals(h *Host, f func(Total)) {
	for _, m := range r.dict.metrics {
		for _, pt := range m.points {
			if pt.number < 0 {
				continue
			}
			value, seen := h.Ledger.Given(process.Slot(pt.number))
			if !seen {
				continue
			}
			if pt.text == "" {
				pt.text = SeriesKey(m.key.name, pt.attrs)
			}
			f(Total{pt.text, m.kind, pt.float, value})
		}
	}
}

// SeriesKey names the series of a metric that have these attributes, whatever
// process they are of.
func SeriesKey(metric string, attrs pcommon.Map) string {
	return metric + "\x00" + attrsKey(attrs)
}

// Counts reports whether a point of a metric counts for a rank.
func Counts(rank, metric string, attrs pcommon.Map) bool {
	match, ok := rankOf(rank, metric)
	return ok && match.counts(attrs)
}

// Used returns what the i-th entry used of a rank since its previous sample:
// its increase, or the value of what does not grow. What a process that is
// older than the account used before is not counted.
func (h *Host) Used(i, rank, ranks int) float64 {
	e := &h.Entries[i]
	bit := uint8(1) << rank
	if e.Has&bit == 0 || e.Process == nil || (e.Rates&bit != 0 && e.Process.New() && !e.Process.Born()) {
		return 0
	}
	return h.values[i*ranks+rank]
}

// ResourceMetrics returns the resource of a host's entry with its metrics.
func (b *Batch) ResourceMetrics(e *Entry) pmetric.ResourceMetrics {
	return b.md.ResourceMetrics().At(int(e.resource))
}
