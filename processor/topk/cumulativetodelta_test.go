package topk

import (
	"context"
	"math"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/cumulativetodeltaprocessor"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"pgregory.net/rapid"
)

// converter is a real cumulativetodelta processor and the sum of the deltas
// that it made, by host, metric and attributes.
type converter struct {
	processor.Metrics
	sink  *consumertest.MetricsSink
	used  map[string]float64
	first map[string]bool    // by series and start: there was a sample
	extra map[string]float64 // the first samples, by host, metric and attributes
}

func newConverter(t *rapid.T, initialValue string) *converter {
	factory := cumulativetodeltaprocessor.NewFactory()
	cfg := factory.CreateDefaultConfig()
	require.NoError(t, confmap.NewFromStringMap(map[string]any{"initial_value": initialValue}).Unmarshal(cfg))
	c := &converter{
		sink: new(consumertest.MetricsSink), used: map[string]float64{},
		first: map[string]bool{}, extra: map[string]float64{},
	}
	var err error
	c.Metrics, err = factory.CreateMetrics(context.Background(), processortest.NewNopSettings(factory.Type()), cfg, c.sink)
	require.NoError(t, err)
	require.NoError(t, c.Start(context.Background(), componenttest.NewNopHost()))
	return c
}

func (c *converter) take(t *rapid.T, md pmetric.Metrics) {
	for _, list := range samples(md) {
		for _, s := range list {
			key := s.identity()
			if s.monotonic && !s.flagged && !c.first[key] {
				c.first[key] = true
				c.extra[s.total()] += s.value
			}
		}
	}
	mine := pmetric.NewMetrics()
	md.CopyTo(mine)
	c.sink.Reset()
	require.NoError(t, c.ConsumeMetrics(context.Background(), mine))
	for _, out := range c.sink.AllMetrics() {
		for _, list := range samples(out) {
			for _, s := range list {
				if s.monotonic {
					c.used[s.total()] += s.value
				}
			}
		}
	}
}

// What cumulativetodelta makes of the output is the truth if it leaves first
// samples out, as it does by default: none of them has a start before its own
// time. Told to keep them, it counts exactly them on top.
func TestCumulativeToDeltaCountsTheTruth(t *testing.T) {
	for _, initialValue := range []string{"auto", "drop", "keep"} {
		t.Run(initialValue, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := newSimulation(t)
				p, sink := run(t, drawConfig(t))
				c := newConverter(t, initialValue)
				defer func() { require.NoError(t, c.Shutdown(context.Background())) }()
				tr := newTruth()
				f := faults{values: rapid.Bool().Draw(t, "bad values"), creation: rapid.Bool().Draw(t, "bad creation times")}
				for range rapid.IntRange(2, 10).Draw(t, "scrapes") {
					md := s.scrape(t, f)
					tr.take(md)
					c.take(t, push(t, p, sink, md))
					for key, used := range tr.used {
						want := used - tr.waits[key]
						if initialValue == "keep" {
							want += c.extra[key]
						}
						require.InDelta(t, want, c.used[key], 1e-9*math.Max(1, math.Abs(want)), key)
					}
					s.step(t)
				}
			})
		})
	}
}
