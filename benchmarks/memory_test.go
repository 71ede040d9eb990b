package benchmarks

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/benchmarks/work"
)

// BenchmarkState is not about time: B/process is the heap that topk retains
// between two scrapes, per live process. The target is 200.
func BenchmarkState(b *testing.B) {
	var bytes float64
	for b.Loop() {
		var err error
		bytes, err = work.State(10_000)
		require.NoError(b, err)
	}
	b.ReportMetric(bytes, "B/process")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkAllocations is not about time: allocs/dropped is what topk allocates
// for each further point that it drops, allocs/emitted all that it allocates
// for each point that goes on, in a scrape in which no process begins or ends.
// The targets are 0 and 8.
func BenchmarkAllocations(b *testing.B) {
	var a work.Allocations
	for b.Loop() {
		var err error
		a, err = work.Allocated(1_000, 10_000)
		require.NoError(b, err)
	}
	b.ReportMetric(a.PerDropped, "allocs/dropped")
	b.ReportMetric(a.PerEmitted, "allocs/emitted")
	b.ReportMetric(0, "ns/op")
}
