package process

import (
	"encoding/binary"
	"slices"
)

// Kind says how the values of a series add up.
type Kind uint8

const (
	// Counter grows from the process's start: a monotonic cumulative sum.
	Counter Kind = iota
	// Level holds at a moment and adds up over processes: a non-monotonic
	// cumulative sum, or a gauge that may be added.
	Level
	// Flow is an amount since the last sample: a sum with delta temporality.
	Flow
	// Plain does not add up: other gauges, histograms, summaries.
	Plain
)

// Series describes one series that a process can have.
type Series struct {
	Kind  Kind
	Float bool // values are float64, else int64
	// Monotonic is only of interest for a Flow: its rest is never below 0.
	Monotonic bool
}

// Slot is the number of a series in its [Set].
type Slot uint16

const (
	// MaxSeries is how many series one Set holds; more are refused.
	MaxSeries = 1024
	// MaxCounters is how many counters are followed for one process.
	MaxCounters = 64
	maxLayouts  = 1024
)

// Set numbers the series that the hosts of one component have. It only grows.
type Set struct {
	series  []Series
	layouts map[string]*layout
	usual   *layout // what the process met last looked like
}

// NewSet returns an empty Set.
func NewSet() *Set {
	s := &Set{layouts: map[string]*layout{}}
	s.usual = s.intern(nil)
	return s
}

// Add gives a new series its number; false when the Set is full.
func (s *Set) Add(series Series) (Slot, bool) {
	if len(s.series) >= MaxSeries {
		return 0, false
	}
	s.series = append(s.series, series)
	return Slot(len(s.series) - 1), true
}

// Len returns how many series the Set has.
func (s *Set) Len() int { return len(s.series) }

// At returns the series with this number.
func (s *Set) At(slot Slot) Series { return s.series[slot] }

// layout says where the cells of a process are. Processes with the same
// counters share one, so a process holds nothing but its values.
type layout struct {
	slots []Slot
	place []uint8 // by slot: position of its cell + 1, 0 for none
}

func (l *layout) find(slot Slot) int {
	if int(slot) >= len(l.place) {
		return -1
	}
	return int(l.place[slot]) - 1
}

// with returns the layout that has slot too, or nil at a limit.
func (s *Set) with(l *layout, slot Slot) *layout {
	if len(l.slots) >= MaxCounters {
		return nil
	}
	// Appended, not sorted in: the cells that exist stay where they are.
	return s.intern(append(slices.Clone(l.slots), slot))
}

func (s *Set) intern(slots []Slot) *layout {
	key := make([]byte, 0, 2*len(slots))
	for _, slot := range slots {
		key = binary.LittleEndian.AppendUint16(key, uint16(slot))
	}
	if l, ok := s.layouts[string(key)]; ok {
		return l
	}
	if len(s.layouts) >= maxLayouts {
		return nil
	}
	l := &layout{slots: slots}
	for i, slot := range slots {
		if need := int(slot) + 1 - len(l.place); need > 0 {
			l.place = append(l.place, make([]uint8, need)...)
		}
		l.place[slot] = uint8(i + 1)
	}
	s.layouts[string(key)] = l
	return l
}
