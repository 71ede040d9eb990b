package processtest

import (
	"context"
	"fmt"

	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/cumulativetodeltaprocessor"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
)

// Converter is a real cumulativetodelta processor that counts the deltas which
// it made.
type Converter struct {
	Used map[string]float64 // by [Sample.Total]

	processor processor.Metrics
	sink      *consumertest.MetricsSink
	keep      bool
	seen      map[string]bool    // by [Sample.Identity]
	first     map[string]float64 // sums of first samples, by [Sample.Total]
}

// NewConverter starts one with a value of its key initial_value. The caller
// shuts it down.
func NewConverter(t T, initialValue string) *Converter {
	t.Helper()
	factory := cumulativetodeltaprocessor.NewFactory()
	cfg := factory.CreateDefaultConfig()
	require.NoError(t, confmap.NewFromStringMap(map[string]any{"initial_value": initialValue}).Unmarshal(cfg))
	c := &Converter{
		keep: initialValue == "keep", sink: new(consumertest.MetricsSink),
		Used: map[string]float64{}, seen: map[string]bool{}, first: map[string]float64{},
	}
	var err error
	c.processor, err = factory.CreateMetrics(context.Background(), processortest.NewNopSettings(factory.Type()), cfg, c.sink)
	require.NoError(t, err)
	require.NoError(t, c.processor.Start(context.Background(), componenttest.NewNopHost()))
	return c
}

// Shutdown ends it.
func (c *Converter) Shutdown(t T) {
	t.Helper()
	require.NoError(t, c.processor.Shutdown(context.Background()))
}

// Take converts one batch of a processor's output, which stays as it is.
func (c *Converter) Take(t T, md pmetric.Metrics) {
	t.Helper()
	c.noteFirst(md)
	mine := pmetric.NewMetrics()
	md.CopyTo(mine)
	c.sink.Reset()
	require.NoError(t, c.processor.ConsumeMetrics(context.Background(), mine))
	for _, out := range c.sink.AllMetrics() {
		for _, s := range AllSamples(out) {
			if s.Monotonic {
				c.Used[s.Total()] += s.Value
			}
		}
	}
}

func (c *Converter) noteFirst(md pmetric.Metrics) {
	for _, s := range AllSamples(md) {
		if key := s.Identity(); s.Monotonic && !s.Flagged && !c.seen[key] {
			c.seen[key] = true
			c.first[s.Total()] += s.Value
		}
	}
}

// Differs lists what was counted that is not the truth. With the initial value
// keep, the first samples of all series come on top of it.
func (c *Converter) Differs(tr *Truth) (wrong []string) {
	for key, used := range tr.Used {
		want := used - tr.Waits[key]
		if c.keep {
			want += c.first[key]
		}
		if got := c.Used[key]; !near(want, got, want) {
			wrong = append(wrong, fmt.Sprintf("%s: expected %v, counted %v", key, want, got))
		}
	}
	return wrong
}
