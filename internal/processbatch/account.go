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
			r.accountNumbers(h, e, values, m)
		default:
			e.Points += int32(m.points)
			h.plain += m.points
		}
	}
}

func (r *Reader) accountNumbers(h *Host, e *Entry, values []float64, m *resolved) {
	known, points := m.known, m.known.points
	for i := range m.points {
		dp := m.numbers.At(i)
		if dp.Flags() != 0 && dp.Flags().NoRecordedValue() {
			continue
		}
		var pt *point
		if attrs := dp.Attributes(); i < len(points) && points[i].has(attrs) {
			pt = points[i]
		} else if pt = known.search(&r.dict, attrs); pt == nil {
			h.Ledger.Faults.Untracked++
			continue
		}
		var v float64
		ok := true
		float := dp.ValueType() != pmetric.NumberDataPointValueTypeInt
		switch slot := pt.slots[boolToInt(float)]; {
		case slot < 0 || e.Process == nil || known.kind > process.Level:
			v, ok = r.accountPoint(h, e, pt, dp, float)
		case known.kind == process.Counter:
			v, ok = accountCounter(h.Ledger, e, process.Slot(slot), dp, float)
		case float:
			v = dp.DoubleValue()
			h.Ledger.LevelFloat(process.Slot(slot), v)
		default:
			h.Ledger.LevelInt(process.Slot(slot), dp.IntValue())
			v = float64(dp.IntValue())
		}
		if ok {
			e.Points++
		}
		if pt.ranks != 0 {
			e.rank(values, pt.ranks, known.kind, v, ok)
		}
	}
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// accountPoint returns the value that ranks the process: a counter's growth,
// else the value itself. ok is false when the point is not to be written.
func (r *Reader) accountPoint(h *Host, e *Entry, pt *point, dp pmetric.NumberDataPoint, float bool) (v float64, ok bool) {
	l, kind := h.Ledger, pt.metric.kind
	if kind == process.Plain {
		h.plain++
		return number(dp, float), true
	}
	slot, ok := pt.slot(&r.dict, float)
	if !ok {
		l.Faults.Untracked++
		return 0, false
	}
	if kind == process.Counter {
		return accountCounter(l, e, slot, dp, float)
	}
	v = number(dp, float)
	switch {
	case kind == process.Flow && pt.metric.key.monotonic && !(v >= 0):
		l.Faults.Bad++
		return 0, false
	case float:
		l.LevelFloat(slot, v)
	default:
		l.LevelInt(slot, dp.IntValue())
	}
	return v, true
}

func accountCounter(l *process.Ledger, e *Entry, slot process.Slot, dp pmetric.NumberDataPoint, float bool) (v float64, ok bool) {
	if e.Process == nil {
		return 0, true
	}
	if float {
		v, ok = l.AddFloat(e.Process, slot, dp.DoubleValue())
	} else {
		var delta int64
		delta, ok = l.AddInt(e.Process, slot, dp.IntValue())
		v = float64(delta)
	}
	if e.Process.New() { // ranks by all that it used since it began
		v = number(dp, float)
	}
	return v, ok
}

func number(dp pmetric.NumberDataPoint, float bool) float64 {
	if float {
		return dp.DoubleValue()
	}
	return float64(dp.IntValue())
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
