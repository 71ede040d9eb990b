package seriesmeter

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/scraperecord"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter/internal/metadatatest"
)

// send gives a meter a batch and returns the records of the output that it
// brings.
func (p pair) send(t *testing.T, m *meter, md pmetric.Metrics) (records []scraperecord.Record) {
	t.Helper()
	require.NoError(t, m.ConsumeMetrics(context.Background(), md))
	for _, entry := range p.logs.TakeAll() {
		r := entry.Context[0].Interface.(*scraperecord.Record)
		checkRecord(t, r)
		if r.Role == scraperecord.RoleOutput {
			records = append(records, *r)
		}
	}
	return records
}

// both lets a batch through both meters as it is.
func (p pair) both(t *testing.T, md pmetric.Metrics) scraperecord.Record {
	t.Helper()
	require.Empty(t, p.send(t, p.in, md))
	records := p.send(t, p.out, md)
	require.Len(t, records, 1)
	return records[0]
}

func pairOf(t *testing.T) pair {
	p := newPair(t)
	t.Cleanup(func() { p.stop(t) })
	return p
}

// withoutProcesses is a batch of which a filter left no process.
func withoutProcesses() pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("host.name", "h")
	m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("system.cpu.time")
	m.SetEmptySum().DataPoints().AppendEmpty()
	return md
}

// A scrape of which no process is left has a record too, when the next one
// comes in: of all that is lost there is nothing that could say so itself.
func TestTheLossOfEveryProcessIsSeen(t *testing.T) {
	for name, rest := range map[string][]pmetric.Metrics{
		"the batch does not arrive": nil,
		"only other metrics arrive": {withoutProcesses()},
	} {
		t.Run(name, func(t *testing.T) {
			p := pairOf(t)
			p.both(t, scrape(0, 3))
			require.Empty(t, p.send(t, p.in, scrape(1, 3)))
			for _, md := range rest {
				require.Empty(t, p.send(t, p.out, md))
			}
			records := p.send(t, p.in, scrape(2, 3))
			require.Equal(t, []scraperecord.Record{{
				Variant: p.in.cfg.Variant, Role: scraperecord.RoleOutput, Host: "h", Time: 20e9,
				Distinct: 6, Window: 3600,
				Compared: &scraperecord.Comparison{
					InputProcesses: 3, InputSeries: 6, Reduction: 1,
					NamedCPU: 0, NamedMemory: -1, NamedIO: 0,
					Lost:         scraperecord.Lost{Name: "p3", PID: 3, CPU: 0.3},
					IntegerError: 600, DoubleError: 1,
				},
				Critical: []scraperecord.Critical{{Name: "first", State: scraperecord.StateDropped, Processes: 1}},
			}}, records)

			records = p.send(t, p.out, scrape(2, 3))
			require.Len(t, records, 1)
			require.EqualValues(t, 30e9, records[0].Time)
			require.Zero(t, records[0].Compared.IntegerError, "the samples after it make up for it")
			require.Empty(t, p.send(t, p.in, scrape(3, 3)), "that one has arrived")
		})
	}
}

func TestTheOutputMeterTellsOfALoss(t *testing.T) {
	in, out := observe(t, scraperecord.RoleInput, ""), observe(t, scraperecord.RoleOutput, "")
	require.NoError(t, in.ConsumeMetrics(context.Background(), scrape(1, 8)))
	require.NoError(t, in.ConsumeMetrics(context.Background(), scrape(2, 8)))
	metadatatest.AssertEqualProcessorSeriesmeterReduction(t, out.Telemetry, value(out, 1.0), anyTime)
	metadatatest.AssertEqualProcessorSeriesmeterProcesses(t, out.Telemetry, out.count(0), anyTime)
}

func TestWithoutAnOutputMeterNothingIsLost(t *testing.T) {
	s := newServer(t)
	in := newMeter(t, scraperecord.RoleInput, t.Name(), s.URL, consumertest.NewNop(), nil)
	begin(t, in)
	for n := range 3 {
		require.NoError(t, in.ConsumeMetrics(context.Background(), scrape(n, 3)))
	}
	require.NoError(t, in.Shutdown(context.Background()))
	require.Empty(t, s.outputs())
	require.Len(t, s.records, 3)
}

// timed gives the points of some processes another timestamp.
func timed(md pmetric.Metrics, at pcommon.Timestamp, pids ...int) pmetric.Metrics {
	for i, rm := range md.ResourceMetrics().All() {
		for _, pid := range pids {
			if i+1 == pid {
				for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
					m.Sum().DataPoints().At(0).SetTimestamp(at)
				}
			}
		}
	}
	return md
}

// Scrapes find each other by their time.
func TestAScrapeWithoutATimeIsNotMissed(t *testing.T) {
	p := pairOf(t)
	for n := range 4 {
		md := timed(scrape(n, 2), 0, 1, 2)
		require.Empty(t, p.send(t, p.in, md))
		p.send(t, p.out, md)
	}
}

func TestATimestampFarAwayDoesNotEndTheComparison(t *testing.T) {
	for _, at := range []pcommon.Timestamp{1, math.MaxInt64, math.MaxUint64} {
		p := pairOf(t)
		for n := range 4 {
			r := p.both(t, timed(scrape(n, 5), at, 2))
			require.NotNil(t, r.Compared, "scrape %d with a timestamp of %d", n, uint64(at))
			require.Equal(t, int64(n+1)*10e9, r.Time)
			require.Zero(t, r.Compared.Reduction)
		}
	}
}
