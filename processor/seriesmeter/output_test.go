package seriesmeter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/processbatch"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

// shapes add a metric of each type that is no number, with two points.
var shapes = map[string]func(m pmetric.Metric, at pcommon.Timestamp, flags pmetric.DataPointFlags){
	"histogram": func(m pmetric.Metric, at pcommon.Timestamp, flags pmetric.DataPointFlags) {
		m.SetEmptyHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		for i := range 2 {
			dp := m.Histogram().DataPoints().AppendEmpty()
			dp.SetTimestamp(at)
			dp.SetFlags(flags)
			dp.Attributes().PutInt("queue", int64(i))
		}
	},
	"exponential histogram": func(m pmetric.Metric, at pcommon.Timestamp, flags pmetric.DataPointFlags) {
		m.SetEmptyExponentialHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		for i := range 2 {
			dp := m.ExponentialHistogram().DataPoints().AppendEmpty()
			dp.SetTimestamp(at)
			dp.SetFlags(flags)
			dp.Attributes().PutInt("queue", int64(i))
		}
	},
	"summary": func(m pmetric.Metric, at pcommon.Timestamp, flags pmetric.DataPointFlags) {
		m.SetEmptySummary()
		for i := range 2 {
			dp := m.Summary().DataPoints().AppendEmpty()
			dp.SetTimestamp(at)
			dp.SetFlags(flags)
			dp.Attributes().PutInt("queue", int64(i))
		}
	},
}

// only leaves a process nothing but a metric of this shape.
func only(rm pmetric.ResourceMetrics, add func(pmetric.Metric, pcommon.Timestamp, pmetric.DataPointFlags), at pcommon.Timestamp, flags pmetric.DataPointFlags) {
	ms := rm.ScopeMetrics().At(0).Metrics()
	ms.RemoveIf(func(pmetric.Metric) bool { return true })
	m := ms.AppendEmpty()
	m.SetName("process.lag")
	add(m, at, flags)
}

// What is no number is as much of a series as what is one: where nothing is
// dropped, nothing is saved.
func TestPointsThatAreNoNumbersCountOnBothSides(t *testing.T) {
	for name, add := range shapes {
		t.Run(name, func(t *testing.T) {
			p := pairOf(t)
			for n := range 3 {
				md := scrape(n, 2)
				only(md.ResourceMetrics().At(0), add, pcommon.Timestamp((n+1)*10e9), pmetric.DefaultDataPointFlags)
				r := p.both(t, md)
				require.Equal(t, 4, r.Series)
				require.Equal(t, 4, r.Compared.InputSeries)
				require.Zero(t, r.Compared.Reduction)
				require.Equal(t, 2, r.Processes)
				require.Equal(t, scraperecord.StateKept, r.Critical[0].State)
			}
		})
	}
}

func TestLastPointsThatAreNoNumbersAreNoSeries(t *testing.T) {
	for name, add := range shapes {
		p := pairOf(t)
		md := scrape(0, 2)
		only(md.ResourceMetrics().At(0), add, 10e9, pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
		records := p.send(t, p.out, md)
		require.Len(t, records, 1)
		require.Equal(t, 2, records[0].Series, name)
		require.Equal(t, 1, records[0].Processes, name)
	}
}

// Without resource attributes the two processes' points are the same series.
func TestPointsThatAreNoNumbersHaveAnIdentity(t *testing.T) {
	for name, add := range shapes {
		p := pairOf(t)
		p.out.cfg.Identity = identityPoint
		md := scrape(0, 3)
		for i := range 2 {
			only(md.ResourceMetrics().At(i), add, 10e9, pmetric.DefaultDataPointFlags)
		}
		require.Equal(t, 2+2, p.send(t, p.out, md)[0].Active, name)
	}
}

// What is remembered of processes that ended stays bounded after the clock was
// set back.
func TestSamplesFollowAClockThatIsSetBack(t *testing.T) {
	p := pairOf(t)
	p.out.cfg.Window = time.Minute
	for n := range 200 {
		at := n
		if n < 20 {
			at = 1_000_000 + n
		}
		md := scrape(at, 1)
		md.ResourceMetrics().At(0).Resource().Attributes().PutInt("process.pid", int64(n+1))
		p.send(t, p.out, md)
	}
	h := p.out.output.hosts["h"]
	require.LessOrEqual(t, len(h.last), 2*7, "two series of each process of the last minute")
	require.LessOrEqual(t, len(h.distinct.sets), 8)
}

func TestACountedPointDoesNotAllocate(t *testing.T) {
	ts := newTotals(maxOutputSeries)
	for i, m := range scrape(1, 1).ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
		dp := m.Sum().DataPoints().At(0)
		key := processbatch.SeriesKey(m.Name(), dp.Attributes())
		rank, _ := ts.add(key, m.Name(), dp, 1, true, aProcess)
		require.Equal(t, []int{rankCPU, rankIO}[i], rank)
		require.Zero(t, testing.AllocsPerRun(100, func() { ts.add(key, m.Name(), dp, 1, true, aProcess) }), m.Name())
	}
}

// The rank of a series is found when its first point arrives, though a
// comparison has asked for the series before.
func TestASeriesThatArrivesLateCountsForItsRank(t *testing.T) {
	p := pairOf(t)
	for n := range 2 {
		p.send(t, p.in, scrape(n, 2)) // nothing of it arrives
	}
	for n := 2; n < 4; n++ {
		p.send(t, p.in, scrape(n, 2))
		records := p.send(t, p.out, scrape(n, 2))
		if n == 3 {
			require.Equal(t, 1.0, records[0].Compared.NamedCPU)
		}
	}
}
