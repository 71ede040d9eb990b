package seriesmeter

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/otlphttp"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter/internal/metadata"
	"github.com/phoenix-platform/phoenix/processor/topk"
)

// server is a real OTLP/HTTP receiver of records.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	records []scraperecord.Record
	fail    int // answers that are errors, still to come
}

func newServer(t *testing.T) *server {
	s := &server{}
	s.Server = httptest.NewServer(otlphttp.Handler(func(md pmetric.Metrics) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.fail > 0 {
			s.fail--
			return errors.New("away")
		}
		records, err := scraperecord.Decode(md)
		s.records = append(s.records, records...)
		return err
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) outputs() (found []scraperecord.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.records {
		if r.Role == scraperecord.RoleOutput {
			found = append(found, r)
		}
	}
	return found
}

func newMeter(t *testing.T, role, variant, endpoint string, next consumer.Metrics, entries critical.List) *meter {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.Role, cfg.Variant, cfg.Critical = Role(role), variant, entries
	cfg.Records.Endpoint = endpoint
	m, err := newProcessor(settingsOf(t, role), cfg, next)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Shutdown(context.Background())) })
	return m
}

// settingsOf gives the meters of a test ids of their own.
func settingsOf(t *testing.T, role string) processor.Settings {
	set := processortest.NewNopSettings(metadata.Type)
	set.ID = component.NewIDWithName(metadata.Type, role+" of "+t.Name())
	return set
}

// pipelines makes every topk of the tests one of its own.
var pipelines atomic.Int64

// pipeline is input meter, topk, output meter, as in a collector.
type pipeline struct {
	in, out *meter
	thin    processor.Metrics
	sink    *consumertest.MetricsSink
}

func newPipeline(t *testing.T, endpoint string, k int, entries critical.List) *pipeline {
	t.Helper()
	p := &pipeline{sink: new(consumertest.MetricsSink)}
	p.out = newMeter(t, scraperecord.RoleOutput, t.Name(), endpoint, p.sink, entries)
	factory := topk.NewFactory()
	cfg := factory.CreateDefaultConfig().(*topk.Config)
	cfg.RankBy = []topk.Rank{{Metric: "cpu", K: k}}
	cfg.Critical = entries
	set := processortest.NewNopSettings(factory.Type())
	set.ID = component.NewIDWithName(factory.Type(), fmt.Sprint(pipelines.Add(1)))
	var err error
	p.thin, err = factory.CreateMetrics(context.Background(), set, cfg, p.out)
	require.NoError(t, err)
	p.in = newMeter(t, scraperecord.RoleInput, t.Name(), endpoint, p.thin, entries)
	host := componenttest.NewNopHost()
	require.NoError(t, p.out.Start(context.Background(), host))
	require.NoError(t, p.in.Start(context.Background(), host))
	return p
}

func (p *pipeline) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, p.in.Shutdown(context.Background()))
	require.NoError(t, p.thin.Shutdown(context.Background()))
	require.NoError(t, p.out.Shutdown(context.Background()))
}

// scrape is a batch in which process i used i CPU seconds per scrape.
func scrape(number, processes int) pmetric.Metrics {
	md := pmetric.NewMetrics()
	at := pcommon.Timestamp(int64(number+1) * 10e9)
	for i := 1; i <= processes; i++ {
		rm := md.ResourceMetrics().AppendEmpty()
		rm.Resource().Attributes().PutInt("process.pid", int64(i))
		rm.Resource().Attributes().PutStr("process.executable.name", fmt.Sprintf("p%d", i))
		rm.Resource().Attributes().PutStr("host.name", "h")
		ms := rm.ScopeMetrics().AppendEmpty().Metrics()
		for _, c := range []struct {
			name, key, value string
			v                int64
			float            bool
		}{
			{"process.cpu.time", "state", "user", int64(number * i), true},
			{"process.disk.io", "direction", "read", int64(number * i * 100), false},
		} {
			m := ms.AppendEmpty()
			m.SetName(c.name)
			m.SetEmptySum().SetIsMonotonic(true)
			m.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
			dp := m.Sum().DataPoints().AppendEmpty()
			dp.SetStartTimestamp(1)
			dp.SetTimestamp(at)
			dp.Attributes().PutStr(c.key, c.value)
			if c.float {
				dp.SetDoubleValue(float64(c.v))
			} else {
				dp.SetIntValue(c.v)
			}
		}
	}
	return md
}

func TestRecordsCompareOutputWithInput(t *testing.T) {
	s := newServer(t)
	entries := critical.List{{Name: "first", Conditions: []string{`resource.attributes["process.executable.name"] == "p1"`}}, {Name: "none", Conditions: []string{`resource.attributes["process.executable.name"] == "nobody"`}}}
	p := newPipeline(t, s.URL, 2, entries)
	for n := range 5 {
		require.NoError(t, p.in.ConsumeMetrics(context.Background(), scrape(n, 10)))
	}
	p.stop(t)
	records := s.outputs()
	require.Len(t, records, 5)
	last := records[4]
	require.Equal(t, 20, last.Compared.InputSeries)
	require.Equal(t, 3, last.Processes)
	require.Equal(t, 3*2+2+1, last.Series, "three processes, two series and the count of _other_")
	require.InDelta(t, 1-9.0/20, last.Compared.Reduction, 1e-12)
	require.InDelta(t, (9.0+10+1)/55, last.Compared.NamedCPU, 1e-9)
	require.Equal(t, "p8", last.Compared.Lost.Name)
	require.InDelta(t, 0.8, last.Compared.Lost.CPU, 1e-9)
	require.Zero(t, last.Compared.IntegerError)
	require.LessOrEqual(t, last.Compared.DoubleError, 1e-9)
	require.Equal(t, []scraperecord.Critical{
		{Name: "first", State: scraperecord.StateKept, Processes: 1},
		{Name: "none", State: scraperecord.StateNeverSeen},
	}, last.Critical)
}

func TestWithoutAnInputMeterThereIsNoComparison(t *testing.T) {
	s := newServer(t)
	m := newMeter(t, scraperecord.RoleOutput, t.Name(), s.URL, consumertest.NewNop(), nil)
	require.NoError(t, m.Start(context.Background(), componenttest.NewNopHost()))
	require.NoError(t, m.ConsumeMetrics(context.Background(), scrape(1, 3)))
	require.NoError(t, m.Shutdown(context.Background()))
	require.Len(t, s.outputs(), 1)
	require.Nil(t, s.outputs()[0].Compared)
	require.Equal(t, 6, s.outputs()[0].Series)
}

// dropper loses every process but the first without a trace, as a filter does.
type dropper struct{ consumer.Metrics }

func (d dropper) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	md.ResourceMetrics().RemoveIf(func(rm pmetric.ResourceMetrics) bool {
		pid, _ := rm.Resource().Attributes().Get("process.pid")
		return pid.Int() > 1
	})
	return d.Metrics.ConsumeMetrics(ctx, md)
}

func TestALossIsSeen(t *testing.T) {
	s := newServer(t)
	entries := critical.List{{Name: "second", Conditions: []string{`resource.attributes["process.executable.name"] == "p2"`}}}
	out := newMeter(t, scraperecord.RoleOutput, t.Name(), s.URL, consumertest.NewNop(), entries)
	in := newMeter(t, scraperecord.RoleInput, t.Name(), s.URL, dropper{out}, entries)
	require.NoError(t, in.Start(context.Background(), componenttest.NewNopHost()))
	require.NoError(t, out.Start(context.Background(), componenttest.NewNopHost()))
	for n := range 3 {
		require.NoError(t, in.ConsumeMetrics(context.Background(), scrape(n, 4)))
	}
	require.NoError(t, in.Shutdown(context.Background()))
	require.NoError(t, out.Shutdown(context.Background()))
	last := s.outputs()[2]
	require.Equal(t, scraperecord.StateDropped, last.Critical[0].State)
	require.InDelta(t, 2*(2+3+4)*100, last.Compared.IntegerError, 1e-9, "bytes of two scrapes that nobody has")
	require.InDelta(t, 0.1, last.Compared.NamedCPU, 1e-9)
}

func TestRecordsWaitForAServerThatIsAway(t *testing.T) {
	s := newServer(t)
	s.fail = 1
	p := newPipeline(t, s.URL, 2, nil)
	require.NoError(t, p.in.ConsumeMetrics(context.Background(), scrape(1, 3)))
	p.stop(t)
	require.Len(t, s.outputs(), 1, "sent at the second try")
}
