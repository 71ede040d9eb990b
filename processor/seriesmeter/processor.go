package seriesmeter

import (
	"context"
	"fmt"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter/internal/metadata"
)

// meter measures what goes through and passes it on as it is.
type meter struct {
	cfg     *Config
	id      string
	set     component.TelemetrySettings
	next    consumer.Metrics
	builder *metadata.TelemetryBuilder
	items   metric.MeasurementOption
	self    metric.MeasurementOption
	sender  *sender
	joined  bool

	mu     sync.Mutex
	input  *inputMeter
	output *outputMeter
}

func newProcessor(set processor.Settings, cfg *Config, next consumer.Metrics) (*meter, error) {
	matcher, err := critical.Compile(cfg.Critical, set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("critical: %w", err)
	}
	builder, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("declare own metrics: %w", err)
	}
	id := attribute.String("processor", set.ID.String())
	m := &meter{
		cfg: cfg, id: set.ID.String(), set: set.TelemetrySettings, next: next, builder: builder,
		items: metric.WithAttributeSet(attribute.NewSet(id, attribute.String("otel.signal", "metrics"))),
		self:  metric.WithAttributeSet(attribute.NewSet(id)),
	}
	if cfg.Role == scraperecord.RoleInput {
		m.input = newInputMeter(cfg, matcher)
	} else {
		m.output = newOutputMeter(cfg)
	}
	return m, nil
}

// Start joins the other meter of the variant and opens the way for records.
func (m *meter) Start(ctx context.Context, host component.Host) error {
	if err := meters.join(m.cfg.Variant, string(m.cfg.Role), m.id); err != nil {
		return err
	}
	m.joined = true
	if m.cfg.Records.Endpoint == "" {
		return nil
	}
	client, err := m.cfg.Records.ToClient(ctx, host.GetExtensions(), m.set)
	if err != nil {
		return fmt.Errorf("records: %w", err)
	}
	m.sender = newSender(client, m.cfg.Records.Endpoint, m.set.Logger, func(n int) {
		m.builder.ProcessorSeriesmeterRecordsDropped.Add(context.Background(), int64(n), m.self)
	})
	return nil
}

// Shutdown sends what waits and leaves the variant.
func (m *meter) Shutdown(ctx context.Context) error {
	if m.joined {
		m.joined = false
		meters.leave(m.cfg.Variant, string(m.cfg.Role), m.id)
	}
	if m.sender != nil {
		m.sender.shutdown(ctx)
		m.sender = nil
	}
	m.builder.Shutdown()
	return nil
}

// Capabilities says that batches are only read.
func (*meter) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeMetrics measures a batch and passes it on, whatever measuring says.
func (m *meter) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	points := m.measure(ctx, md)
	m.builder.ProcessorIncomingItems.Add(ctx, points, m.items)
	m.builder.ProcessorOutgoingItems.Add(ctx, points, m.items)
	return m.next.ConsumeMetrics(ctx, md)
}

// measure returns how many points the batch has.
func (m *meter) measure(ctx context.Context, md pmetric.Metrics) (points int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.input == nil {
		for _, r := range m.output.measure(md) {
			m.publish(ctx, r)
		}
		return int64(md.DataPointCount())
	}
	scrapes, points := m.input.measure(ctx, md)
	for _, s := range scrapes {
		meters.put(m.cfg.Variant, s.record.Host, s)
		m.publish(ctx, &s.record)
	}
	return points
}

// publish tells of a record by the meter's own metrics, and sends it.
func (m *meter) publish(ctx context.Context, r *scraperecord.Record) {
	b := m.builder
	b.ProcessorSeriesmeterProcesses.Record(ctx, int64(r.Processes), m.self)
	b.ProcessorSeriesmeterSeries.Record(ctx, int64(r.Series), m.self)
	b.ProcessorSeriesmeterDistinctSeries.Record(ctx, int64(r.Distinct), m.self)
	b.ProcessorSeriesmeterBytes.Record(ctx, int64(r.Bytes), m.self)
	if c := r.Compared; c != nil {
		b.ProcessorSeriesmeterReduction.Record(ctx, c.Reduction, m.self)
		b.ProcessorSeriesmeterDuration.Record(ctx, float64(c.Nanoseconds)/1e9, m.self)
	}
	if m.sender != nil {
		m.sender.add(r)
	}
	m.set.Logger.Debug("record of a scrape", zap.Stringer("record", r))
}
