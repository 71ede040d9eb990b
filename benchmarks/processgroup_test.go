package benchmarks

import (
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
	"github.com/phoenix-platform/phoenix/processor/processgroup"
)

// newOwned returns a processgroup that makes a group of each of the host's six
// owners.
func newOwned(b *testing.B) *thinner {
	b.Helper()
	f := processgroup.NewFactory()
	cfg := f.CreateDefaultConfig().(*processgroup.Config)
	cfg.StateLimit = stateLimit
	return newThinner(b, f, cfg)
}

// endOwned checks that no process is left and nothing is lost.
func endOwned(b *testing.B, o *thinner, h *scrapes.Host) {
	b.Helper()
	require.Equal(b, 7, o.out.ResourceMetrics().Len(), "six groups and _other_")
	o.end(b, h, nil)
}

// BenchmarkProcessgroup is one scrape through processgroup, which makes six
// groups of all processes. x-topk has no target. allocs/op are those of what
// goes on, 67 points, and of new processes.
func BenchmarkProcessgroup(b *testing.B) {
	forSizes(b, sizes, func(b *testing.B, h *scrapes.Host) {
		o := newOwned(b)
		besideTopk(b, h, o)
		endOwned(b, o, h)
	})
}

// BenchmarkProcessgroupAllocations is not about time: allocs/dropped is what
// processgroup allocates for each further point that becomes part of a sum, in
// a scrape in which no process begins or ends. The target is 0.
func BenchmarkProcessgroupAllocations(b *testing.B) {
	const small, large = 1_000, 10_000
	var perDropped float64
	for b.Loop() {
		few, many := sumAllocations(b, small), sumAllocations(b, large)
		perDropped = (many - few) / float64((large-small)*scrapes.PointsPerProcess)
	}
	b.ReportMetric(perDropped, "allocs/dropped")
	b.ReportMetric(0, "ns/op")
}

// sumAllocations returns the median number of allocations in a scrape.
func sumAllocations(b *testing.B, processes int) float64 {
	b.Helper()
	o, h := newOwned(b), scrapes.NewHost(scrapes.Settings{Processes: processes})
	var counts []uint64
	for i := range 21 {
		md := h.Next()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := o.run(md)
		runtime.ReadMemStats(&after)
		require.NoError(b, err)
		o.consumer.Take(o.out)
		if i >= 10 { // everything has its size
			counts = append(counts, after.Mallocs-before.Mallocs)
		}
	}
	endOwned(b, o, h)
	slices.Sort(counts)
	return float64(counts[len(counts)/2])
}
