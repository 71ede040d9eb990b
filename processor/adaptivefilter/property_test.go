package adaptivefilter

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

func drawConfig(t *rapid.T) func(*Config) {
	ceiling := rapid.SampledFrom([]int{0, 15, 30, 60}).Draw(t, "max_series")
	other := rapid.SampledFrom([]string{"_other_", "rest"}).Draw(t, "other")
	more := rapid.Bool().Draw(t, "more")
	return func(c *Config) {
		priorities(c)
		c.Priorities[0].Conditions = []string{`resource.attributes["process.executable.name"] == "java"`}
		c.Levels = Levels{
			{CPUCores: new(0.01), MemoryMiB: new(1.0), DiskIOMiB: new(1.0)},
			{CPUCores: new(0.1), DiskIOMiB: new(2.0)},
			{CPUCores: new(0.5), DiskIOMiB: new(4.0), MinPriority: "high"},
		}
		if more {
			c.WhenBusy = More
			slices.Reverse(c.Levels)
		}
		c.Levels[1].Load, c.Levels[2].Load = 0.3, 0.6
		c.MaxSeries, c.Other.Name, c.Dwell = ceiling, other, 0
	}
}

// drawScrape draws a scrape of a simulation, with the CPU load of its hosts.
func drawScrape(t *rapid.T, s *processtest.Simulation, f processtest.Faults) pmetric.Metrics {
	md := s.Scrape(t, f)
	for _, h := range s.Hosts {
		if rapid.IntRange(0, 3).Draw(t, "no cpu") == 0 {
			continue
		}
		rm := md.ResourceMetrics().AppendEmpty()
		rm.Resource().Attributes().PutStr("host.name", h.Name)
		used := rapid.Float64Range(0, 1).Draw(t, "utilization")
		dps := processtest.AddGauge(rm.ScopeMetrics().AppendEmpty().Metrics(), "system.cpu.utilization")
		addState(dps, "user", used)
		addState(dps, "idle", 1-used)
	}
	return md
}

// After every scrape the sum of what a backend counts for the kept ones and
// for _other_ is what the processes used, whichever of two ways it counts.
func TestTotalsAreConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := books{truth: processtest.NewTruth(), plain: processtest.NewBackend(false), believer: processtest.NewBackend(true)}
		s := processtest.NewSimulation(t)
		p, sink := run(t, drawConfig(t))
		f := processtest.Faults{
			Values:     rapid.Bool().Draw(t, "bad values"),
			Duplicates: rapid.Bool().Draw(t, "duplicates"),
			Creation:   rapid.Bool().Draw(t, "bad creation times"),
		}
		for range rapid.IntRange(2, 12).Draw(t, "scrapes") {
			if rapid.IntRange(0, 5).Draw(t, "reload") == 0 {
				p = again(t, p, drawConfig(t), sink)
				b.renamed = maps.Clone(b.truth.Scrapes)
			}
			b.check(t, p, sink, drawScrape(t, s, f))
			s.Step(t)
		}
	})
}

// books count what goes in and what comes out.
type books struct {
	truth           *processtest.Truth
	plain, believer *processtest.Backend
	renamed         map[string]int // scrapes of each host when _other_ may have got another name
}

func (b *books) check(t *rapid.T, p *thinning.Processor, sink *consumertest.MetricsSink, md pmetric.Metrics) {
	b.truth.Take(md)
	out := processtest.Push(t, p, sink, md)
	b.plain.Take(out)
	b.believer.Take(out)
	if b.truth.Beyond(b.renamed, 1) {
		require.Empty(t, b.plain.Differs(b.truth))
		require.Empty(t, b.believer.Differs(b.truth))
	}
	processtest.CheckLevels(t, b.truth, out)
}

// Critical processes are there on every scrape, the ceiling holds but for
// them, no counter of _other_ falls, and everything else passes.
func TestWhatIsPromisedOnEveryScrape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, truth, other := processtest.NewSimulation(t), processtest.NewTruth(), map[string]float64{}
		change, ceiling := drawConfig(t), 0
		p, sink := run(t, func(c *Config) { change(c); ceiling = c.MaxSeries })
		for range rapid.IntRange(2, 10).Draw(t, "scrapes") {
			md := drawScrape(t, s, processtest.Faults{Values: true, Duplicates: true, Creation: true})
			truth.Take(md)
			out := processtest.Push(t, p, sink, md)
			require.Equal(t, "shop", out.ResourceMetrics().At(0).Resource().Attributes().AsRaw()["service.name"])
			processtest.CheckPromises(t, s, truth, out, ceiling, other)
			s.Step(t)
		}
	})
}

// The order of resources in a batch changes nothing.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, change := processtest.NewSimulation(t), drawConfig(t)
		p, sink := run(t, change)
		q, other := run(t, change)
		for range rapid.IntRange(2, 8).Draw(t, "scrapes") {
			md := drawScrape(t, s, processtest.Faults{Values: true})
			mixed := processtest.Shuffle(md, rapid.Uint64().Draw(t, "seed"))
			require.Equal(t, processtest.Sorted(processtest.Push(t, p, sink, md)), processtest.Sorted(processtest.Push(t, q, other, mixed)))
			require.Equal(t, levels(p), levels(q))
			s.Step(t)
		}
	})
}

func levels(p *thinning.Processor) (active []int) {
	for _, h := range p.Hosts() {
		active = append(active, h.Chooser().(*chooser).controller.active)
	}
	return active
}
