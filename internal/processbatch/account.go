package processbatch

import (
	"math/bits"

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
		n, ok := numberOf(dp)
		if !ok {
			h.Ledger.Faults.Bad++
			e.Bad |= pt.ranks
			continue
		}
		v := n.value()
		switch {
		case pt.number < 0 || pt.float != n.float || e.Process == nil || known.kind > process.Level:
			v, ok = r.accountPoint(h, e, pt, n)
		case known.kind == process.Counter:
			v, ok = accountCounter(h.Ledger, e, process.Slot(pt.number), n)
		case n.float:
			h.Ledger.LevelFloat(process.Slot(pt.number), n.f)
		default:
			h.Ledger.LevelInt(process.Slot(pt.number), n.i)
		}
		if ok {
			e.Points++
		}
		if pt.ranks != 0 {
			e.rank(h.Ledger, values, pt.ranks, known.kind, v, ok)
		}
	}
}

// accountPoint returns the value that ranks the process: a counter's growth,
// else the value itself. ok is false when the point is not to be written.
func (r *Reader) accountPoint(h *Host, e *Entry, pt *point, n number) (v float64, ok bool) {
	l, kind := h.Ledger, pt.metric.kind
	if kind == process.Plain {
		h.plain++
		return n.value(), true
	}
	slot, ok := pt.slot(&r.dict, n.float)
	if !ok {
		l.Faults.Untracked++
		return 0, false
	}
	if pt.float != n.float {
		l.Faults.Bad++ // counted, and used as far as it goes
	}
	if n, ok = n.as(pt.float); !ok || (kind == process.Flow && pt.metric.key.monotonic && !(n.value() >= 0)) {
		l.Faults.Bad++
		return 0, false
	}
	switch {
	case kind == process.Counter:
		return accountCounter(l, e, slot, n)
	case n.float:
		l.LevelFloat(slot, n.f)
	default:
		l.LevelInt(slot, n.i)
	}
	return n.value(), true
}

func accountCounter(l *process.Ledger, e *Entry, slot process.Slot, n number) (v float64, ok bool) {
	if e.Process == nil {
		return 0, true
	}
	if n.float {
		v, ok = l.AddFloat(e.Process, slot, n.f)
	} else {
		var delta int64
		delta, ok = l.AddInt(e.Process, slot, n.i)
		v = float64(delta)
	}
	if e.Process.New() { // ranks by all that it used since it began
		v = n.value()
	}
	return v, ok
}

// rank adds a point's value to the ranks that it counts for.
func (e *Entry) rank(l *process.Ledger, values []float64, ranks uint8, kind process.Kind, v float64, ok bool) {
	if !ok || v < 0 || v-v != 0 { // refused, negative, NaN or infinite
		if ok && v < 0 && v-v == 0 {
			l.Faults.Bad++ // whatever else is bad was counted where it was refused
		}
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
