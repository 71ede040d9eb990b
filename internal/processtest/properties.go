package processtest

import (
	"maps"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// CheckTotals checks that after every scrape of a simulation the sum of what a
// backend counts of all that came out is what the processes used, whichever of
// two ways it counts. Now and then the processor is replaced by the one that
// reload makes of it, which may name _other_ anew; its output goes to the same
// sink.
func CheckTotals(t *rapid.T, p *thinning.Processor, sink *consumertest.MetricsSink, reload func(*thinning.Processor) *thinning.Processor) {
	s, f := NewSimulation(t), drawFaults(t)
	tr, plain, believer := NewTruth(), NewBackend(false), NewBackend(true)
	var renamed map[string]int // scrapes of each host when _other_ may have got another name
	for range rapid.IntRange(2, 12).Draw(t, "scrapes") {
		if rapid.IntRange(0, 5).Draw(t, "reload") == 0 {
			p = reload(p)
			renamed = maps.Clone(tr.Scrapes)
		}
		md := s.Scrape(t, f)
		late := pmetric.NewMetrics()
		md.CopyTo(late)
		tr.Take(md)
		out := Push(t, p, sink, md)
		plain.Take(out)
		believer.Take(out)
		if tr.Beyond(renamed, 1) {
			require.Empty(t, plain.Differs(tr))
			require.Empty(t, believer.Differs(tr))
		}
		CheckLevels(t, tr, out)
		if rapid.IntRange(0, 5).Draw(t, "late") == 0 {
			require.Empty(t, Samples(Push(t, p, sink, late)), "a batch that came before")
		}
		s.Step(t)
	}
}

func drawFaults(t *rapid.T) Faults {
	return Faults{
		Values:     rapid.Bool().Draw(t, "bad values"),
		Duplicates: rapid.Bool().Draw(t, "duplicates"),
		Creation:   rapid.Bool().Draw(t, "bad creation times"),
	}
}

// CheckConversion checks that what cumulativetodelta with this initial_value
// makes of the output is the truth, after every scrape of a simulation. If it
// keeps first samples, it counts exactly them on top.
func CheckConversion(t *rapid.T, initialValue string, p *thinning.Processor, sink *consumertest.MetricsSink) {
	s, f, tr := NewSimulation(t), drawFaults(t), NewTruth()
	c := NewConverter(t, initialValue)
	defer c.Shutdown(t)
	for range rapid.IntRange(2, 10).Draw(t, "scrapes") {
		md := s.Scrape(t, f)
		tr.Take(md)
		c.Take(t, Push(t, p, sink, md))
		require.Empty(t, c.Differs(tr))
		s.Step(t)
	}
}

// CheckScrapes checks the promises on every scrape of a simulation, under a
// ceiling in points per host; 0 is none. What is no process's passes first.
func CheckScrapes(t *rapid.T, p *thinning.Processor, sink *consumertest.MetricsSink, ceiling int) {
	s, tr, other := NewSimulation(t), NewTruth(), map[string]float64{}
	for range rapid.IntRange(2, 10).Draw(t, "scrapes") {
		md := s.Scrape(t, Faults{Values: true, Duplicates: true, Creation: true})
		tr.Take(md)
		out := Push(t, p, sink, md)
		require.Equal(t, "shop", out.ResourceMetrics().At(0).Resource().Attributes().AsRaw()["service.name"])
		CheckPromises(t, s, tr, out, ceiling, other)
		s.Step(t)
	}
}

// CheckOrder checks that the order of resources in a batch changes nothing: a
// second processor of the same configuration gets them in another one.
func CheckOrder(t *rapid.T, p *thinning.Processor, sink *consumertest.MetricsSink, second *thinning.Processor, secondSink *consumertest.MetricsSink) {
	s := NewSimulation(t)
	for range rapid.IntRange(2, 8).Draw(t, "scrapes") {
		md := s.Scrape(t, Faults{Values: true})
		mixed := Shuffle(md, rapid.Uint64().Draw(t, "seed"))
		require.Equal(t, Sorted(Push(t, p, sink, md)), Sorted(Push(t, second, secondSink, mixed)))
		s.Step(t)
	}
}
