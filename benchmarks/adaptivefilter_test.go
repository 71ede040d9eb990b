package benchmarks

import (
	"testing"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
	"github.com/phoenix-platform/phoenix/processor/adaptivefilter"
)

// ofTopk is how many times as long as topk adaptivefilter may take.
const ofTopk = 1.3

// newAdaptive returns an adaptivefilter of which every level keeps the host's
// heavy processes and no other, as topk does.
func newAdaptive(b *testing.B) *thinner {
	b.Helper()
	f := adaptivefilter.NewFactory()
	cfg := f.CreateDefaultConfig().(*adaptivefilter.Config)
	cfg.StateLimit = stateLimit
	for i := range cfg.Levels {
		cfg.Levels[i].CPUCores, cfg.Levels[i].MemoryMiB = new(0.05), new(100.0)
	}
	return newThinner(b, f, cfg)
}

// BenchmarkAdaptivefilter is one scrape through adaptivefilter that keeps the
// same 40 processes as topk. The target of x-topk, beside it, is 1.3 at 10,000
// processes.
func BenchmarkAdaptivefilter(b *testing.B) {
	forSizes(b, sizes, func(b *testing.B, h *scrapes.Host) {
		a := newAdaptive(b)
		besideTopk(b, h, a)
		a.end(b, h, h.Heavy())
		b.ReportMetric(ofTopk, "x-topk-target")
	})
}
