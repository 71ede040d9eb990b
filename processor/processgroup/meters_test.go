package processgroup

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
	"github.com/phoenix-platform/phoenix/processor/processgroup/internal/metadata"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter"
)

// metered is a processor between the two meters of a pipeline.
type metered struct {
	input, output processor.Metrics
	thin          processor.Metrics
	logs          *observer.ObservedLogs // of the output meter
}

func newMetered(t processtest.T, change func(*Config)) *metered {
	t.Helper()
	m := &metered{}
	set := processtest.Settings(metadata.Type)
	m.output, m.logs = meter(t, set.ID.Name(), scraperecord.RoleOutput, consumertest.NewNop())
	m.thin = start(t, set, change, m.output)
	m.input, _ = meter(t, set.ID.Name(), scraperecord.RoleInput, m.thin)
	return m
}

func meter(t processtest.T, variant, role string, next consumer.Metrics) (processor.Metrics, *observer.ObservedLogs) {
	t.Helper()
	f := seriesmeter.NewFactory()
	cfg := f.CreateDefaultConfig().(*seriesmeter.Config)
	cfg.Variant, cfg.Role = variant, seriesmeter.Role(role)
	set := processtest.Settings(f.Type())
	set.ID = component.NewIDWithName(f.Type(), role+variant)
	logs := processtest.Logs(&set, zapcore.DebugLevel)
	p, err := f.CreateMetrics(context.Background(), set, cfg, next)
	require.NoError(t, err)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	return p, logs
}

func (m *metered) stop(t processtest.T) {
	t.Helper()
	for _, p := range []processor.Metrics{m.input, m.thin, m.output} {
		require.NoError(t, p.Shutdown(context.Background()))
	}
}

// take sends a scrape and returns what the output meter records of each host.
func (m *metered) take(t processtest.T, md pmetric.Metrics) (records []*scraperecord.Record) {
	t.Helper()
	require.NoError(t, m.input.ConsumeMetrics(context.Background(), md))
	for _, entry := range m.logs.TakeAll() {
		for _, f := range entry.Context {
			if r, ok := f.Interface.(*scraperecord.Record); ok {
				records = append(records, r)
			}
		}
	}
	return records
}

// A pair of meters around the processor finds that nothing is lost while
// processes change their groups and groups begin.
func TestMetersFindNoConservationError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := processtest.NewSimulation(t)
		change := drawConfig(t)
		m := newMetered(t, func(c *Config) {
			change(c)
			c.Other.Name = "_other_" // as meters know it
		})
		defer m.stop(t)
		for range rapid.IntRange(2, 12).Draw(t, "scrapes") {
			for _, r := range m.take(t, owned(s.Scrape(t, processtest.Faults{}))) {
				require.NotNil(t, r.Compared)
				require.Zero(t, r.Compared.IntegerError)
				require.InDelta(t, 0, r.Compared.DoubleError, 1e-9)
			}
			s.Step(t)
		}
	})
}

// What groups used is told by their names, what _other_ used is not.
func TestMetersCountGroupsAsNamed(t *testing.T) {
	m := newMetered(t, most(1))
	defer m.stop(t)
	m.take(t, at(1000, ps{PID: 1, Name: "a", Begun: 1}, ps{PID: 2, Name: "b", Begun: 1}))
	m.take(t, at(1010, ps{PID: 1, Name: "a", Begun: 1}, ps{PID: 2, Name: "b", Begun: 1}))
	records := m.take(t, at(1020, ps{PID: 1, Name: "a", Begun: 1, CPU: 1, Memory: 10}, ps{PID: 2, Name: "b", Begun: 1, CPU: 3, Memory: 30}))
	require.Len(t, records, 1)
	require.InDelta(t, 0.25, records[0].Compared.NamedCPU, 1e-9)
	require.InDelta(t, 0.25, records[0].Compared.NamedMemory, 1e-9)
	require.Zero(t, records[0].Compared.DoubleError)
}

// A group of processes that are called like _other_ is a group.
func TestMetersTellAGroupFromOther(t *testing.T) {
	m := newMetered(t, func(c *Config) { c.By = []string{"process.executable.name"} })
	defer m.stop(t)
	records := m.take(t, at(1000, ps{PID: 1, Name: "_other_", Begun: 1, Memory: 10}))
	require.Len(t, records, 1)
	require.InDelta(t, 1, records[0].Compared.NamedMemory, 1e-9)
}
