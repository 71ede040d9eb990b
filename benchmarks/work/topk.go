package work

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
	"github.com/phoenix-platform/phoenix/processor/topk"
)

// stateLimit leaves room for the largest host of the benchmarks and for those
// of its processes that ended a moment ago: the default is 100,000 in all.
const stateLimit = 200_000

// Topk is a topk processor with its default settings but for the state limit:
// 20 processes by CPU and 20 by memory keep their own series.
type Topk struct {
	// Out is what it put out last.
	Out       pmetric.Metrics
	processor processor.Metrics
	consumer  *scrapes.Consumer
}

// NewTopk returns a topk that has seen nothing yet.
func NewTopk() (*Topk, error) {
	t := &Topk{consumer: scrapes.NewConsumer()}
	next, err := Catch(&t.Out)
	if err != nil {
		return nil, fmt.Errorf("catch the output of topk: %w", err)
	}
	f := topk.NewFactory()
	cfg := f.CreateDefaultConfig().(*topk.Config)
	cfg.StateLimit = stateLimit
	set := processortest.NewNopSettings(f.Type())
	set.ID = component.NewIDWithName(f.Type(), fmt.Sprint(instances.Add(1)))
	t.processor, err = f.CreateMetrics(context.Background(), set, cfg, next)
	if err != nil {
		return nil, fmt.Errorf("create topk: %w", err)
	}
	if err := t.processor.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		return nil, fmt.Errorf("start topk: %w", err)
	}
	return t, nil
}

// Close ends the processor.
func (t *Topk) Close() error { return t.processor.Shutdown(context.Background()) }

// Run is the work that is measured: one scrape through the processor. Count
// must follow, outside the measurement.
func (t *Topk) Run(md pmetric.Metrics) error {
	return t.processor.ConsumeMetrics(context.Background(), md)
}

// Count takes the latest output into the account that Check checks.
func (t *Topk) Count() { t.consumer.Take(t.Out) }

// Scrape runs a scrape and counts it.
func (t *Topk) Scrape(md pmetric.Metrics) error {
	if err := t.Run(md); err != nil {
		return fmt.Errorf("topk: %w", err)
	}
	t.Count()
	return nil
}

// Check is an error unless exactly the host's heavy processes are kept, and
// they and _other_ together are all that the host used.
func (t *Topk) Check(h *scrapes.Host) error {
	if err := t.consumer.CheckKept(h.Heavy()); err != nil {
		return fmt.Errorf("topk: %w", err)
	}
	if err := t.consumer.Check(h.Truth()); err != nil {
		return fmt.Errorf("topk: %w", err)
	}
	return nil
}
