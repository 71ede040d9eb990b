package benchmarks

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
	"github.com/phoenix-platform/phoenix/benchmarks/work"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/processor/processgroup"
)

// owned is a processgroup that makes a group of each of the host's six owners.
type owned struct {
	out       pmetric.Metrics
	processor processor.Metrics
	consumer  *scrapes.Consumer
}

func newOwned(b *testing.B) *owned {
	b.Helper()
	o := &owned{consumer: scrapes.NewConsumer()}
	next, err := work.Catch(&o.out)
	require.NoError(b, err)
	f := processgroup.NewFactory()
	cfg := f.CreateDefaultConfig().(*processgroup.Config)
	cfg.StateLimit = 200_000 // the largest host, and who ended a moment ago
	o.processor, err = f.CreateMetrics(context.Background(), processtest.Settings(f.Type()), cfg, next)
	require.NoError(b, err)
	return o
}

func (o *owned) run(md pmetric.Metrics) error {
	return o.processor.ConsumeMetrics(context.Background(), md)
}

// end checks that no process is left and nothing is lost.
func (o *owned) end(b *testing.B, h *scrapes.Host) {
	b.Helper()
	require.Equal(b, 7, o.out.ResourceMetrics().Len(), "six groups and _other_")
	require.NoError(b, o.consumer.CheckKept(nil))
	require.NoError(b, o.consumer.Check(h.Truth()))
	require.NoError(b, o.processor.Shutdown(context.Background()))
}

// BenchmarkProcessgroup is one scrape through processgroup, which makes six
// groups of all processes. topk has the same batches in turn; x-topk is how many
// times as long as that processgroup took, and has no target. allocs/op are
// those of what goes on, 67 points, and of new processes.
func BenchmarkProcessgroup(b *testing.B) {
	forSizes(b, sizes, func(b *testing.B, h *scrapes.Host) {
		o := newOwned(b)
		t, err := work.NewTopk()
		require.NoError(b, err)
		for range warmUp {
			md := h.Next()
			require.NoError(b, t.Scrape(md))
			require.NoError(b, o.run(md))
			o.consumer.Take(o.out)
		}
		var topk time.Duration
		peer := func(md pmetric.Metrics) {
			begun := time.Now()
			err := t.Run(md)
			topk += time.Since(begun)
			require.NoError(b, err)
			t.Count()
		}
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			md := h.Next()
			first := i%2 == 0 // whoever comes second finds the batch in the cache
			if first {
				peer(md)
			}
			b.StartTimer()
			err := o.run(md)
			b.StopTimer()
			require.NoError(b, err)
			o.consumer.Take(o.out)
			if !first {
				peer(md)
			}
			b.StartTimer()
		}
		require.NoError(b, t.Check(h))
		require.NoError(b, t.Close())
		o.end(b, h)
		b.ReportMetric(perPoint(b.Elapsed(), b, h), "ns/point")
		b.ReportMetric(float64(b.Elapsed())/float64(topk), "x-topk")
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
	o.end(b, h)
	slices.Sort(counts)
	return float64(counts[len(counts)/2])
}
