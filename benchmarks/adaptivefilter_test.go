package benchmarks

import (
	"testing"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
	"github.com/phoenix-platform/phoenix/processor/adaptivefilter"
)

// ofTopk is how many times as long as topk adaptivefilter may take.
const ofTopk = 1.3

// newAdaptive returns an adaptivefilter of which every level has the same
// thresholds.
func newAdaptive(b *testing.B, cpu, memory float64, ceiling int) *thinner {
	b.Helper()
	f := adaptivefilter.NewFactory()
	cfg := f.CreateDefaultConfig().(*adaptivefilter.Config)
	cfg.StateLimit, cfg.MaxSeries = stateLimit, ceiling
	for i := range cfg.Levels {
		cfg.Levels[i].CPUCores, cfg.Levels[i].MemoryMiB = &cpu, &memory
	}
	return newThinner(b, f, cfg)
}

// BenchmarkAdaptivefilter is one scrape through adaptivefilter that keeps the
// same 40 processes as topk: by thresholds that no others reach.
func BenchmarkAdaptivefilter(b *testing.B) {
	benchmarkAdaptive(b, 0.05, 100, 1000)
}

// BenchmarkAdaptivefilterAtTheCeiling keeps the same ones of processes that all
// reach a threshold: no others fit beside _other_.
func BenchmarkAdaptivefilterAtTheCeiling(b *testing.B) {
	benchmarkAdaptive(b, 0.001, 1, 40*scrapes.PointsPerProcess+scrapes.PointsPerProcess+1)
}

// benchmarkAdaptive reports x-topk, the target of which, beside it, is 1.3 at
// 10,000 processes.
func benchmarkAdaptive(b *testing.B, cpu, memory float64, ceiling int) {
	forSizes(b, sizes, func(b *testing.B, h *scrapes.Host) {
		a := newAdaptive(b, cpu, memory, ceiling)
		besideTopk(b, h, a)
		a.end(b, h, h.Heavy())
		b.ReportMetric(ofTopk, "x-topk-target")
	})
}
