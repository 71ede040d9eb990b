package processmetrics

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/receiver"

	"github.com/phoenix-platform/phoenix/internal/live"
	"github.com/phoenix-platform/phoenix/internal/thinning"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter"
	"github.com/phoenix-platform/phoenix/processor/topk"
)

// selection is the processors that a scrape goes through inside the receiver:
// the meter if there is one, then topk, which it explains the decisions of. They
// have the receiver's id.
type selection struct {
	*thinning.Processor // topk
	meter               seriesmeter.Meter
	id                  component.ID
	cfg                 *Config
	first               consumer.Metrics
	kept                pmetric.Metrics // of the scrape under way
	unregister          func()          // from the extension that changes come from
}

// newSelection returns nil if every process is written.
func (c *Config) newSelection(set receiver.Settings) (*selection, error) {
	if !c.Selection.Topk.HasValue() {
		return nil, nil
	}
	s := &selection{id: set.ID, cfg: c, unregister: func() {}}
	own := processor.Settings{ID: set.ID, TelemetrySettings: set.TelemetrySettings, BuildInfo: set.BuildInfo}
	keep, err := consumer.NewMetrics(func(_ context.Context, md pmetric.Metrics) error {
		s.kept = md
		return nil
	})
	if err != nil {
		return nil, err
	}
	if s.Processor, err = topk.New(own, c.Selection.Topk.Get(), keep); err != nil {
		return nil, fmt.Errorf("selection: topk: %w", err)
	}
	s.first = s.Processor
	if !c.Selection.Meter.HasValue() {
		return s, nil
	}
	if s.meter, err = seriesmeter.New(own, c.Selection.Meter.Get(), s.Processor); err != nil {
		return nil, errors.Join(fmt.Errorf("selection: meter: %w", err), s.Processor.Shutdown(context.Background()))
	}
	s.first = s.meter
	return s, nil
}

// of returns what is kept of a batch, and leaves that to the caller. None of it
// is shared.
func (s *selection) of(ctx context.Context, all pmetric.Metrics) (pmetric.Metrics, error) {
	s.kept = pmetric.NewMetrics()
	err := s.first.ConsumeMetrics(ctx, all)
	kept := s.kept
	s.kept = pmetric.Metrics{}
	if kept == all { // passed on as it is
		kept = pmetric.NewMetrics()
		all.CopyTo(kept)
	}
	return kept, err
}

// start lets changes come, and opens the way for the meter's records.
func (s *selection) start(ctx context.Context, host component.Host) error {
	if err := s.Processor.Start(ctx, within{host}); err != nil {
		return err
	}
	if s.meter != nil {
		if err := s.meter.Start(ctx, within{host}); err != nil {
			return fmt.Errorf("selection: meter: %w", err)
		}
	}
	s.unregister = live.Register(host, s.id, s)
	return nil
}

// shutdown leaves the state to the receiver that a reload may make.
func (s *selection) shutdown(ctx context.Context) error {
	s.unregister()
	err := s.Processor.Shutdown(ctx)
	if s.meter != nil {
		err = errors.Join(s.meter.Shutdown(ctx), err)
	}
	return err
}
