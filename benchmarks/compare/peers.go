package main

import (
	"context"
	"fmt"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/cumulativetodeltaprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/filterprocessor"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
	"github.com/phoenix-platform/phoenix/benchmarks/work"
)

// peer is a processor of the collector's, with its output caught.
type peer struct {
	name      string
	processor processor.Metrics
	out       pmetric.Metrics
}

func (p *peer) start(f processor.Factory, cfg component.Config) error {
	next, err := work.Catch(&p.out)
	if err != nil {
		return fmt.Errorf("catch the output of %s: %w", p.name, err)
	}
	p.processor, err = f.CreateMetrics(context.Background(), processortest.NewNopSettings(f.Type()), cfg, next)
	if err != nil {
		return fmt.Errorf("create %s: %w", p.name, err)
	}
	if err := p.processor.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	return nil
}

func (p *peer) work(md pmetric.Metrics) (time.Duration, error) {
	return timed(p.name, func() error { return p.processor.ConsumeMetrics(context.Background(), md) })
}

func (p *peer) close() error { return p.processor.Shutdown(context.Background()) }

// filtering is contrib's filter, dropping the processes that topk drops.
type filtering struct{ peer }

// notHeavy holds for the processes that topk does not keep. No filter can tell
// them by what they use: here their owner gives them away.
var notHeavy = fmt.Sprintf("resource.attributes[%q] != %q", "process.owner", scrapes.HeavyOwner)

// newFilteringPoints returns a filter that asks about every data point, which
// is what a condition on a point's metric or value needs.
func newFilteringPoints() (*filtering, error) { return newFiltering("datapoint") }

// newFilteringResources returns a filter that asks once for each process: the
// least that a filter can do.
func newFilteringResources() (*filtering, error) { return newFiltering("resource") }

// newFiltering returns a filter that evaluates its condition in an OTTL
// context.
func newFiltering(context string) (*filtering, error) {
	f := filterprocessor.NewFactory()
	cfg := f.CreateDefaultConfig()
	conf := confmap.NewFromStringMap(map[string]any{
		"metric_conditions": []any{map[string]any{"context": context, "conditions": []any{notHeavy}}},
	})
	if err := conf.Unmarshal(cfg); err != nil {
		return nil, fmt.Errorf("configure filter: %w", err)
	}
	p := &filtering{peer{name: "filter by " + context}}
	return p, p.start(f, cfg)
}

func (f *filtering) check(h *scrapes.Host) error {
	c := scrapes.NewConsumer()
	c.Take(f.out)
	if err := c.CheckKept(h.Heavy()); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	return nil
}

// differencing is contrib's cumulativetodelta, which like topk keeps account of
// every counter.
type differencing struct {
	peer
	scrapes int
	written int64 // growth of process.disk.io, write
}

func newDifferencing() (*differencing, error) {
	f := cumulativetodeltaprocessor.NewFactory()
	d := &differencing{peer: peer{name: "cumulativetodelta"}}
	return d, d.start(f, f.CreateDefaultConfig())
}

func (d *differencing) work(md pmetric.Metrics) (time.Duration, error) {
	took, err := d.peer.work(md)
	if d.scrapes++; d.scrapes == 1 {
		return took, err // its first values are those since each process's start
	}
	for _, rm := range d.out.ResourceMetrics().All() {
		for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
			if m.Name() == "process.disk.io" {
				d.written += m.Sum().DataPoints().At(1).IntValue()
			}
		}
	}
	return took, err
}

func (d *differencing) check(h *scrapes.Host) error {
	if want := h.Truth()["process.disk.io write"].Int; d.written != want {
		return fmt.Errorf("%s: %d bytes written in all, the host wrote %d", d.name, d.written, want)
	}
	return nil
}
