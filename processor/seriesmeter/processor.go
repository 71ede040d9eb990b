package seriesmeter

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/handover"
	"github.com/phoenix-platform/phoenix/internal/live"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter/internal/metadata"
)

// meter measures what goes through and passes it on as it is.
type meter struct {
	cfg     *Config
	id      string
	cid     component.ID
	set     component.TelemetrySettings
	next    consumer.Metrics
	builder *metadata.TelemetryBuilder
	items   metric.MeasurementOption
	self    metric.MeasurementOption
	sender  atomic.Pointer[sender] // nil if no records are sent
	unsent  []waiting              // by the meter before, until Start
	closed  bool

	unregister func() // from the extension that changes come from

	mu     sync.Mutex
	input  *inputMeter
	output *outputMeter
}

// handovers give the records that a meter could not send to the one that a
// reload makes in its place.
var handovers = handover.NewRegistry[[]waiting]()

// Meter is a processor of batches that measures, and that takes other critical
// entries while it runs.
type Meter interface {
	processor.Metrics
	live.Target
}

// New returns the meter of a configuration that is valid, under the id in set,
// which need not be of the type seriesmeter. The error says what it could not be
// made of, or who has its place in the variant.
func New(set processor.Settings, cfg *Config, next consumer.Metrics) (Meter, error) {
	m, err := newProcessor(set, cfg, next)
	if err != nil {
		return nil, err
	}
	return m, nil
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
		cfg: cfg, id: set.ID.String(), cid: set.ID, set: set.TelemetrySettings, next: next, builder: builder,
		unregister: func() {},
		items:      metric.WithAttributeSet(attribute.NewSet(id, attribute.String("otel.signal", "metrics"))),
		self:       metric.WithAttributeSet(attribute.NewSet(id)),
	}
	if cfg.Role == scraperecord.RoleInput {
		m.input = newInputMeter(cfg, matcher)
	} else {
		m.output = newOutputMeter(cfg)
	}
	if err := m.claim(); err != nil {
		builder.Shutdown()
		return nil, err
	}
	return m, nil
}

// claim takes the meter's id and its place in the variant, before it starts:
// validation makes components and does not start them.
func (m *meter) claim() (err error) {
	if m.unsent, _, err = handovers.Claim(m.id); err != nil {
		return err
	}
	if err := meters.join(m); err != nil {
		handovers.Release(m.id, m.unsent)
		return err
	}
	return nil
}

// Start opens the way for records, and for changes.
func (m *meter) Start(ctx context.Context, host component.Host) error {
	m.unregister = live.Register(host, m.cid, m)
	if m.cfg.Records.Endpoint == "" {
		m.dropped(len(m.unsent))
		m.unsent = nil
		return nil
	}
	client, err := m.cfg.Records.ToClient(ctx, host.GetExtensions(), m.set)
	if err != nil {
		return fmt.Errorf("records: %w", err)
	}
	m.sender.Store(newSender(client, m.cfg.Records.Endpoint, m.unsent, m.set.Logger, m.dropped))
	m.unsent = nil
	return nil
}

func (m *meter) dropped(records int) {
	m.builder.ProcessorSeriesmeterRecordsDropped.Add(context.Background(), int64(records), m.self)
}

// Shutdown sends what waits, leaves the variant, and leaves what it could not
// send to the meter that a reload may make.
func (m *meter) Shutdown(ctx context.Context) error {
	if m.closed {
		return nil
	}
	m.closed = true
	m.unregister()
	meters.leave(m)
	if s := m.sender.Swap(nil); s != nil {
		m.unsent = s.shutdown(ctx)
	}
	m.builder.Shutdown()
	handovers.Release(m.id, m.unsent)
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
		if missed, output := meters.put(m.cfg.Variant, s); output != nil {
			output.miss(ctx, missed)
		}
		m.publish(ctx, &s.record)
	}
	return points
}

// miss is called by the input meter, which alone can know it: nothing of a
// scrape has arrived here.
func (m *meter) miss(ctx context.Context, s *inputScrape) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.publish(ctx, m.output.missed(s))
}

// publish tells of a record by the meter's own metrics, and sends it.
func (m *meter) publish(ctx context.Context, r *scraperecord.Record) {
	r.Bound()
	b := m.builder
	b.ProcessorSeriesmeterProcesses.Record(ctx, int64(r.Processes), m.self)
	b.ProcessorSeriesmeterSeries.Record(ctx, int64(r.Series), m.self)
	b.ProcessorSeriesmeterDistinctSeries.Record(ctx, int64(r.Distinct), m.self)
	b.ProcessorSeriesmeterBytes.Record(ctx, int64(r.Bytes), m.self)
	if c := r.Compared; c != nil {
		b.ProcessorSeriesmeterReduction.Record(ctx, c.Reduction, m.self)
		b.ProcessorSeriesmeterDuration.Record(ctx, float64(c.Nanoseconds)/1e9, m.self)
	}
	if s := m.sender.Load(); s != nil {
		s.add(r)
	}
	m.set.Logger.Debug("record of a scrape", zap.Stringer("record", r))
}
