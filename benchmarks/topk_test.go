package benchmarks

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
	"github.com/phoenix-platform/phoenix/benchmarks/work"
)

// sizes are the numbers of processes; each has ten data points.
var sizes = []int{1_000, 10_000, 100_000}

// warmUp is how many scrapes pass before the clock starts: by then everything
// has its size, and the first averages are no longer lifetimes.
const warmUp = 3

func forSizes(b *testing.B, sizes []int, f func(*testing.B, *scrapes.Host)) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("processes=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			f(b, scrapes.NewHost(scrapes.Settings{Processes: n, Churn: 0.002}))
		})
	}
}

func perPoint(took time.Duration, b *testing.B, h *scrapes.Host) float64 {
	return float64(took.Nanoseconds()) / float64(b.N*h.Points())
}

// BenchmarkTopk is one scrape through topk: 40 processes are kept, all others
// become _other_, one in 500 ends and begins. Read ns/point against the budget
// of the host, and x-walk, the same as a multiple of a bare walk over the same
// batch, against the target of 3 at 10,000 processes; it should not grow with
// the number of processes. allocs/op are those of what goes on, about 411
// points, and of new processes.
func BenchmarkTopk(b *testing.B) {
	forSizes(b, sizes, func(b *testing.B, h *scrapes.Host) {
		t, err := work.NewTopk()
		require.NoError(b, err)
		for range warmUp {
			require.NoError(b, t.Scrape(h.Next()))
		}
		var walked time.Duration
		for b.Loop() {
			b.StopTimer()
			md := h.Next()
			begun := time.Now()
			points := scrapes.Walk(md).Points
			walked += time.Since(begun)
			require.Equal(b, h.Points(), points)
			b.StartTimer()
			err := t.Run(md)
			b.StopTimer()
			require.NoError(b, err)
			t.Count()
			b.StartTimer()
		}
		require.NoError(b, t.Check(h))
		require.NoError(b, t.Close())
		b.ReportMetric(perPoint(b.Elapsed(), b, h), "ns/point")
		b.ReportMetric(float64(b.Elapsed())/float64(walked), "x-walk")
	})
}

// BenchmarkWalk reads every point of a batch and does nothing with it. No
// processor of process metrics can do less.
func BenchmarkWalk(b *testing.B) {
	forSizes(b, sizes, func(b *testing.B, h *scrapes.Host) {
		md := h.Next()
		points := 0
		for b.Loop() {
			points = scrapes.Walk(md).Points
		}
		require.Equal(b, h.Points(), points)
		b.ReportMetric(perPoint(b.Elapsed(), b, h), "ns/point")
	})
}

// BenchmarkCopyTo copies a batch: what a fan-out pays for every processor that
// declares to change its input, which topk does not. The target is that topk at
// 10,000 processes takes 0.15 of it.
func BenchmarkCopyTo(b *testing.B) {
	forSizes(b, sizes, func(b *testing.B, h *scrapes.Host) {
		md := h.Next()
		var copied pmetric.Metrics
		for b.Loop() {
			copied = pmetric.NewMetrics()
			md.CopyTo(copied)
		}
		require.Equal(b, h.Points(), copied.DataPointCount())
		b.ReportMetric(perPoint(b.Elapsed(), b, h), "ns/point")
	})
}
