package benchmarks

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
	"github.com/phoenix-platform/phoenix/benchmarks/work"
)

// BenchmarkMeters is one scrape through the input meter, and what topk made of
// it through the output meter; topk itself is not in the figures. ns/point is
// per point of the input, of both meters, and its target is 40;
// input-ns/point is the part of the first. There is no host of 100,000: that is
// how many processes a meter remembers, those that ended a moment ago included.
func BenchmarkMeters(b *testing.B) {
	forSizes(b, sizes[:2], func(b *testing.B, h *scrapes.Host) {
		m, err := work.NewMeters()
		require.NoError(b, err)
		for range warmUp {
			require.NoError(b, m.RunInput(h.Next()))
			require.NoError(b, m.Thin())
			require.NoError(b, m.RunOutput())
		}
		var input time.Duration
		for b.Loop() {
			b.StopTimer()
			md := h.Next()
			begun := time.Now()
			b.StartTimer()
			err := m.RunInput(md)
			b.StopTimer()
			input += time.Since(begun)
			require.NoError(b, err)
			require.NoError(b, m.Thin())
			b.StartTimer()
			require.NoError(b, m.RunOutput())
		}
		require.NoError(b, m.Check(h))
		require.NoError(b, m.Close())
		b.ReportMetric(perPoint(b.Elapsed(), b, h), "ns/point")
		b.ReportMetric(perPoint(input, b, h), "input-ns/point")
	})
}
