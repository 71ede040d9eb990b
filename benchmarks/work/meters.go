package work

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter"
)

// Meters are the two meters of one pipeline with the topk that is between them.
// RunInput and RunOutput are what is measured.
type Meters struct {
	topk          *Topk
	input, output processor.Metrics
	passed        pmetric.Metrics
	records       recordLog
}

// NewMeters returns meters that have seen nothing yet.
func NewMeters() (*Meters, error) {
	m := &Meters{}
	next, err := Catch(&m.passed)
	if err != nil {
		return nil, fmt.Errorf("catch the output of a meter: %w", err)
	}
	variant := fmt.Sprint(instances.Add(1))
	if m.input, err = m.meter(variant, scraperecord.RoleInput, next); err != nil {
		return nil, err
	}
	if m.output, err = m.meter(variant, scraperecord.RoleOutput, next); err != nil {
		return nil, err
	}
	m.topk, err = NewTopk()
	return m, err
}

func (m *Meters) meter(variant, role string, next consumer.Metrics) (processor.Metrics, error) {
	f := seriesmeter.NewFactory()
	cfg := f.CreateDefaultConfig().(*seriesmeter.Config)
	cfg.Variant, cfg.Role = variant, seriesmeter.Role(role)
	set := processortest.NewNopSettings(f.Type())
	set.ID = component.NewIDWithName(f.Type(), role+variant)
	set.Logger = zap.New(&m.records)
	p, err := f.CreateMetrics(context.Background(), set, cfg, next)
	if err != nil {
		return nil, fmt.Errorf("create the %s meter: %w", role, err)
	}
	if err := p.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		return nil, fmt.Errorf("start the %s meter: %w", role, err)
	}
	return p, nil
}

// Close ends the meters and the topk.
func (m *Meters) Close() error {
	ctx := context.Background()
	return errors.Join(m.input.Shutdown(ctx), m.output.Shutdown(ctx), m.topk.Close())
}

// RunInput is the input meter's work on a scrape. Thin must follow.
func (m *Meters) RunInput(md pmetric.Metrics) error {
	return m.input.ConsumeMetrics(context.Background(), md)
}

// Thin has topk make of the scrape what the output meter is given.
func (m *Meters) Thin() error { return m.topk.Scrape(m.passed) }

// RunOutput is the output meter's work.
func (m *Meters) RunOutput() error {
	return m.output.ConsumeMetrics(context.Background(), m.topk.Out)
}

// Check is an error unless the latest records tell of every process and of
// totals that are equal, and topk did its own work.
func (m *Meters) Check(h *scrapes.Host) error {
	if err := m.topk.Check(h); err != nil {
		return err
	}
	r := m.records.output
	switch {
	case m.records.input == nil || r == nil || r.Compared == nil:
		return errors.New("meters: there is no record that compares the output with the input")
	case r.Compared.InputSeries != h.Points():
		return fmt.Errorf("meters: %d series of the input were counted, want %d", r.Compared.InputSeries, h.Points())
	case r.Processes != len(h.Heavy()):
		return fmt.Errorf("meters: %d processes of the output were counted, want %d", r.Processes, len(h.Heavy()))
	case r.Compared.IntegerError != 0 || r.Compared.DoubleError < 0 || r.Compared.DoubleError > 1e-9:
		return fmt.Errorf("meters: conservation error %g of integers and %g of doubles, want 0 and at most 1e-9", r.Compared.IntegerError, r.Compared.DoubleError)
	}
	return nil
}

// recordLog is a logger that keeps the latest record of each meter: at debug
// level they log every one.
type recordLog struct {
	input, output *scraperecord.Record
}

// Enabled says that every level is kept.
func (*recordLog) Enabled(zapcore.Level) bool { return true }

// With keeps no fields: only those of a record count.
func (l *recordLog) With([]zapcore.Field) zapcore.Core { return l }

// Sync has nothing to write.
func (*recordLog) Sync() error { return nil }

// Check takes part in every entry.
func (l *recordLog) Check(e zapcore.Entry, c *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return c.AddCore(e, l)
}

// Write keeps the entry's record.
func (l *recordLog) Write(_ zapcore.Entry, fields []zapcore.Field) error {
	for _, f := range fields {
		r, ok := f.Interface.(*scraperecord.Record)
		switch {
		case !ok:
		case r.Role == scraperecord.RoleInput:
			l.input = r
		default:
			l.output = r
		}
	}
	return nil
}
