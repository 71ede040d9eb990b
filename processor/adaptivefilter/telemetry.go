package adaptivefilter

import (
	"cmp"
	"context"
	"math"

	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/thinning"
	"github.com/phoenix-platform/phoenix/processor/adaptivefilter/internal/metadata"
)

// telemetry is the metrics that only this processor has.
type telemetry struct {
	*metadata.TelemetryBuilder
	log *zap.Logger
	id  attribute.KeyValue
}

func newTelemetry(set processor.Settings) (*telemetry, error) {
	b, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	return &telemetry{b, set.Logger, attribute.String("processor", set.ID.String())}, err
}

// shared are the metrics that every thinning processor has.
func (t *telemetry) shared() thinning.Instruments {
	return thinning.Instruments{
		IncomingItems: t.ProcessorIncomingItems, OutgoingItems: t.ProcessorOutgoingItems,
		SeriesIn: t.ProcessorAdaptivefilterSeriesIn, SeriesKept: t.ProcessorAdaptivefilterSeriesKept, SeriesOther: t.ProcessorAdaptivefilterSeriesOther,
		ProcessesKept: t.ProcessorAdaptivefilterProcessesKept, ProcessesTracked: t.ProcessorAdaptivefilterProcessesTracked,
		CriticalKept: t.ProcessorAdaptivefilterCriticalKept, CriticalOverLimit: t.ProcessorAdaptivefilterCriticalOverLimit,
		BudgetExceeded: t.ProcessorAdaptivefilterBudgetExceeded, MetricMissing: t.ProcessorAdaptivefilterMetricMissing,
		Waiting: t.ProcessorAdaptivefilterWaiting, BadValues: t.ProcessorAdaptivefilterBadValues,
		LatePoints: t.ProcessorAdaptivefilterLatePoints, SplitScrapes: t.ProcessorAdaptivefilterSplitScrapes,
		MembershipChanges: t.ProcessorAdaptivefilterMembershipChanges, DecisionDuration: t.ProcessorAdaptivefilterDecisionDuration,
	}
}

func (t *telemetry) with(pairs ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(append(pairs, t.id)...))
}

// Record writes what the hosts of a batch were thinned by. Load, level and
// thresholds are those of the host on the highest level, of equals of the one
// with the greatest load.
func (s *strategy) Record(ctx context.Context, hosts []*thinning.Host) {
	var top *chooser
	var dropped [reasons]int
	up, down := 0, 0
	for _, h := range hosts {
		c := h.Chooser().(*chooser)
		if top == nil || c.above(top) {
			top = c
		}
		for why, n := range c.scrape.dropped {
			dropped[why] += n
		}
		switch {
		case c.controller.active > c.before:
			up++
		case c.controller.active < c.before:
			down++
		default:
			continue
		}
		s.telemetry.logLevel(h.Scrape().Name, c)
	}
	s.telemetry.recordChoice(ctx, dropped, up, down)
	s.telemetry.recordLevel(ctx, top)
}

// above tells whose figures are shown.
func (c *chooser) above(o *chooser) bool {
	return cmp.Or(cmp.Compare(c.controller.active, o.controller.active), cmp.Compare(c.greatest, o.greatest)) > 0
}

func (t *telemetry) logLevel(host string, c *chooser) {
	log := t.log.With(zap.String("host", host), zap.Int("from", c.before), zap.Int("to", c.controller.active))
	if math.IsNaN(c.greatest) {
		log.Warn("level changed since nobody knows the load; add the cpu scraper to the receiver, or give load.processes a high")
		return
	}
	log.Info("level changed", zap.Float64("load", c.greatest), zap.Float64("begins_at", c.controller.steps[c.controller.active]))
}

func (t *telemetry) recordChoice(ctx context.Context, dropped [reasons]int, up, down int) {
	for why := reasonNone + 1; why < reasons; why++ {
		t.ProcessorAdaptivefilterProcessesDropped.Record(ctx, int64(dropped[why]), t.with(attribute.String("reason", reasonNames[why])))
	}
	t.ProcessorAdaptivefilterLevelChanges.Add(ctx, int64(up), t.with(attribute.String("direction", "up")))
	t.ProcessorAdaptivefilterLevelChanges.Add(ctx, int64(down), t.with(attribute.String("direction", "down")))
}

func (t *telemetry) recordLevel(ctx context.Context, c *chooser) {
	t.ProcessorAdaptivefilterLevel.Record(ctx, int64(c.controller.active), t.with())
	if !math.IsNaN(c.greatest) {
		t.ProcessorAdaptivefilterLoad.Record(ctx, c.greatest, t.with())
	}
	for i, asked := range c.load.asked {
		if !asked {
			continue
		}
		signal, absent := t.with(attribute.String("signal", signalNames[i])), int64(0)
		if v := c.load.values[i]; math.IsNaN(v) {
			absent = 1
		} else {
			t.ProcessorAdaptivefilterSignal.Record(ctx, v, signal)
		}
		t.ProcessorAdaptivefilterSignalMissing.Record(ctx, absent, signal)
	}
	for m, g := range c.gauges {
		least := c.levels[c.controller.active].least[m]
		if math.IsInf(least, 1) {
			least = -1
		}
		t.ProcessorAdaptivefilterThreshold.Record(ctx, least, t.with(attribute.String("metric", g.metric)))
	}
}
