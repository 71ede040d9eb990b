package processbatch

import (
	"math/bits"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// account takes every point of the resource being read into the ledger. This
// is the hot path: one visit to each point of the input.
func (r *Reader) account(h *Host, e *Entry) {
	values := h.values[len(h.values)-len(r.dict.ranks):]
	for i := range r.entries {
		m := &r.entries[i]
		h.Received += m.points
		switch {
		case m.known == nil:
			h.Ledger.Faults.Untracked += m.points
		case m.isNumbers:
			r.accountNumbers(h, e, values, m.known, m.numbers)
		default:
			e.Points += int32(m.points)
			h.plain += m.points
		}
	}
}

func (r *Reader) accountNumbers(h *Host, e *Entry, values []float64, m *metric, dps pmetric.NumberDataPointSlice) {
	for i := range dps.Len() {
		dp := dps.At(i)
		if dp.Flags().NoRecordedValue() {
			continue
		}
		pt := m.find(&r.dict, i, dp.Attributes())
		if pt == nil {
			h.Ledger.Faults.Untracked++
			continue
		}
		v, ok := r.accountPoint(h, e, m.kind, pt, dp)
		if ok {
			e.Points++
		}
		if pt.ranks != 0 {
			e.rank(values, pt.ranks, m.kind, v, ok)
		}
	}
}

// accountPoint returns the value that ranks the process: a counter's growth,
// else the value itself. ok is false when the point is not to be written.
func (r *Reader) accountPoint(h *Host, e *Entry, kind process.Kind, pt *point, dp pmetric.NumberDataPoint) (v float64, ok bool) {
	float := dp.ValueType() != pmetric.NumberDataPointValueTypeInt
	if kind == process.Plain {
		h.plain++
		return number(dp, float), true
	}
	slot, ok := pt.slot(&r.dict, float)
	if !ok {
		h.Ledger.Faults.Untracked++
		return 0, false
	}
	switch {
	case kind == process.Flow && pt.metric.key.monotonic && !(number(dp, float) >= 0):
		h.Ledger.Faults.Bad++
		return 0, false
	case kind != process.Counter && float:
		v = dp.DoubleValue()
		h.Ledger.LevelFloat(slot, v)
	case kind != process.Counter:
		h.Ledger.LevelInt(slot, dp.IntValue())
		v = float64(dp.IntValue())
	case e.Process == nil:
		return 0, true
	case float:
		v, ok = h.Ledger.AddFloat(e.Process, slot, dp.DoubleValue())
		return e.growth(v, dp.DoubleValue()), ok
	default:
		var delta int64
		delta, ok = h.Ledger.AddInt(e.Process, slot, dp.IntValue())
		return e.growth(float64(delta), float64(dp.IntValue())), ok
	}
	return v, true
}

func number(dp pmetric.NumberDataPoint, float bool) float64 {
	if float {
		return dp.DoubleValue()
	}
	return float64(dp.IntValue())
}

// growth is what ranks a process by a counter: what it used since its previous
// sample, and at its first one all that it used since it began.
func (e *Entry) growth(delta, v float64) float64 {
	if e.Process.New() {
		return v
	}
	return delta
}

// rank adds a point's value to the ranks that it counts for.
func (e *Entry) rank(values []float64, ranks uint8, kind process.Kind, v float64, ok bool) {
	if !ok || v < 0 || v-v != 0 { // refused, negative, NaN or infinite
		e.Bad |= ranks
		return
	}
	e.Has |= ranks
	if kind == process.Counter || kind == process.Flow {
		e.Rates |= ranks
	}
	for ; ranks != 0; ranks &= ranks - 1 {
		values[bits.TrailingZeros8(ranks)] += v
	}
}
