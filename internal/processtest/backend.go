package processtest

import (
	"fmt"
	"math"
	"strings"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Backend keeps the last sample of every series for ever and counts v - last,
// or v if that is smaller, and 0 for a first sample. If it believes start times,
// another start is another series, as it is to cumulativetodelta with
// initial_value auto and drop.
type Backend struct {
	Used map[string]float64 // by [Sample.Total]

	believes bool
	last     map[string]float64
}

// NewBackend returns one that has seen nothing.
func NewBackend(believes bool) *Backend {
	return &Backend{believes: believes, last: map[string]float64{}, Used: map[string]float64{}}
}

// Take counts one batch of a processor's output.
func (b *Backend) Take(md pmetric.Metrics) {
	for _, s := range AllSamples(md) {
		if !s.Monotonic || s.Flagged {
			continue
		}
		key := s.Series()
		if b.believes {
			key = s.Identity()
		}
		last, known := b.last[key]
		b.Used[s.Total()] += b.delta(s, last, known)
		b.last[key] = s.Value
	}
}

func (b *Backend) delta(s Sample, last float64, known bool) float64 {
	switch {
	case !known && b.believes && s.Start != s.At && s.Start >= ScrapeStart:
		return s.Value
	case !known:
		return 0
	case s.Value >= last:
		return s.Value - last
	case b.believes: // a reset is dropped
		return 0
	default:
		return s.Value
	}
}

// Differs lists what was counted that is not the truth. Counts of bytes must be
// exact.
func (b *Backend) Differs(tr *Truth) (wrong []string) {
	for key, used := range tr.Used {
		want, got := used-tr.Waits[key], b.Used[key]
		if !near(want, got, used) || (strings.Contains(key, "process.disk.io") && want != got) {
			wrong = append(wrong, fmt.Sprintf("%s: truth %v of which %v waits, counted %v", key, used, tr.Waits[key], got))
		}
	}
	return wrong
}

// near tells whether two sums are equal but for the rounding of numbers as large
// as a third one.
func near(want, got, size float64) bool {
	return math.Abs(want-got) <= 1e-9*math.Max(1, math.Abs(size))
}
