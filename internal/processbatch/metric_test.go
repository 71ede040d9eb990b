package processbatch

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// extend adds a gauge of each name to the first process of a batch.
func extend(md pmetric.Metrics, n int, name func(int) string) pmetric.Metrics {
	ms := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	for i := range n {
		m := ms.AppendEmpty()
		m.SetName(name(i))
		addPoint(m.SetEmptyGauge().DataPoints(), 0, 10*second).SetIntValue(1)
	}
	return md
}

// Beyond the limit metrics are counted and not written; those known before go
// on.
func TestMetricsAreLimited(t *testing.T) {
	s := tell(t, "memory")
	s.pass(scrape(10, proc{pid: 1}))
	md := extend(scrape(20, proc{pid: 1, memory: 42}), maxMetrics, func(i int) string { return fmt.Sprint("process.hostile.", i) })
	b := s.read(md, 1)
	h := b.Hosts()[0]
	require.Equal(t, 3, h.Ledger.Faults.Untracked) // of maxMetrics further ones, by the three known before
	require.Equal(t, pointsOfProc+maxMetrics-3, h.Points)
	require.Equal(t, []float64{42}, h.Values(0, 1))
	out, result := s.writer.Write(b)
	require.Equal(t, h.Points, result.KeptPoints)
	require.Contains(t, lines(out), "1 process.memory.usage{} 42 0-20")
	require.Len(t, s.reader.dict.metrics, maxMetrics)
	require.Len(t, s.reader.order, maxMetrics)
}

// The metrics of applications that name their PID are no reason not to know a
// process's.
func TestApplicationsTakeNoRoomOfProcesses(t *testing.T) {
	md := pmetric.NewMetrics()
	for i := range maxMetrics + 1 {
		application(md.ResourceMetrics().AppendEmpty(), fmt.Sprint("shop.metric.", i))
	}
	s := tell(t)
	require.Equal(t, maxMetrics+1, s.pass(md).ResourceMetrics().Len())
	b := s.read(scrape(10, proc{pid: 1}))
	require.Zero(t, b.Hosts()[0].Ledger.Faults.Untracked)
	require.Equal(t, pointsOfProc, b.Hosts()[0].Points)
}

// Beyond the limit attribute sets are counted and not written.
func TestAttributeSetsAreLimited(t *testing.T) {
	s := tell(t)
	s.pass(scrape(10, proc{pid: 1}))
	md := scrape(20, proc{pid: 1, io: 8})
	m := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().AppendEmpty()
	m.SetName("process.hostile")
	gauge := m.SetEmptyGauge().DataPoints()
	for i := range maxPoints {
		addPoint(gauge, 0, 20*second, "key", fmt.Sprint(i))
	}
	b := s.read(md, 1)
	require.Equal(t, pointsOfProc, b.Hosts()[0].Ledger.Faults.Untracked)
	require.Equal(t, maxPoints, b.Hosts()[0].Points)
	out, result := s.writer.Write(b)
	require.Equal(t, maxPoints, result.KeptPoints)
	require.Contains(t, lines(out), "1 process.disk.io{read} 0 20-20")
	require.Equal(t, maxPoints, s.reader.dict.points)
}

// A set numbers so many series; what would be another one is counted and not
// written.
func TestSeriesAreLimited(t *testing.T) {
	s := tell(t)
	md := scrape(10, proc{pid: 1})
	levels := addSum(md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics(), "process.hostile", "1", false)
	for i := range process.MaxSeries {
		addPoint(levels, 0, 10*second, "key", fmt.Sprint(i))
	}
	b := s.read(md, 1)
	require.Equal(t, pointsOfProc, b.Hosts()[0].Ledger.Faults.Untracked)
	_, result := s.writer.Write(b)
	require.Equal(t, process.MaxSeries, result.KeptPoints)
	require.Equal(t, process.MaxSeries+1, result.OtherPoints)
}

// What makes two entries the same metric.
func TestMetricsAreToldApart(t *testing.T) {
	cumulative, delta := pmetric.AggregationTemporalityCumulative, pmetric.AggregationTemporalityDelta
	entries := []func(pmetric.Metric){
		func(m pmetric.Metric) { m.SetEmptyGauge().DataPoints().AppendEmpty() },
		func(m pmetric.Metric) { m.SetEmptySum().DataPoints().AppendEmpty() },
		func(m pmetric.Metric) {
			m.SetEmptySum().SetAggregationTemporality(cumulative)
			m.Sum().DataPoints().AppendEmpty()
		},
		func(m pmetric.Metric) {
			m.SetEmptySum().SetAggregationTemporality(delta)
			m.Sum().DataPoints().AppendEmpty()
		},
		func(m pmetric.Metric) { m.SetEmptySum().SetIsMonotonic(true); m.Sum().DataPoints().AppendEmpty() },
		func(m pmetric.Metric) { m.SetUnit("s"); m.SetEmptyGauge().DataPoints().AppendEmpty() },
		func(m pmetric.Metric) { m.SetEmptySummary().DataPoints().AppendEmpty() },
		func(m pmetric.Metric) {
			m.SetEmptyHistogram().SetAggregationTemporality(delta)
			m.Histogram().DataPoints().AppendEmpty()
		},
		func(m pmetric.Metric) {
			m.SetEmptyHistogram().SetAggregationTemporality(cumulative)
			m.Histogram().DataPoints().AppendEmpty()
		},
		func(m pmetric.Metric) {
			m.SetEmptyExponentialHistogram().SetAggregationTemporality(delta)
			m.ExponentialHistogram().DataPoints().AppendEmpty()
		},
	}
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutInt("process.pid", 1)
	ms := rm.ScopeMetrics().AppendEmpty().Metrics()
	for range 2 {
		for _, set := range entries {
			m := ms.AppendEmpty()
			m.SetName("process.some")
			set(m)
		}
	}
	s := tell(t)
	require.Equal(t, 2*len(entries), s.read(md).Hosts()[0].Received)
	require.Len(t, s.reader.dict.metrics, len(entries))
}

func TestAdditiveGaugesAreProcessMetrics(t *testing.T) {
	names := AdditiveGauges()
	require.IsIncreasing(t, names)
	for _, name := range names {
		require.True(t, IsProcessMetric(name), name)
		require.Equal(t, process.Level, kindOf(metricKey{name: name, typ: pmetric.MetricTypeGauge}))
	}
	require.Equal(t, process.Plain, kindOf(metricKey{name: "process.uptime", typ: pmetric.MetricTypeGauge}))
}

// A metric that changes what it is takes the place of the former one of its
// name: _other_ has one of them from the next scrape on, whichever way it
// changes and how often.
func TestAMetricThatChangesTakesThePlaceOfTheFormer(t *testing.T) {
	for name, change := range map[string]func(pmetric.Metric){
		"temporality":  func(m pmetric.Metric) { m.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityDelta) },
		"unit":         func(m pmetric.Metric) { m.SetUnit("KiBy") },
		"monotonicity": func(m pmetric.Metric) { m.Sum().SetIsMonotonic(false) },
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t)
			for i, changed := range []bool{false, false, true, true, false, false, true, true} {
				md := scrape(10*i+10, proc{pid: 1, io: int64(i)}, proc{pid: 2, io: int64(i)})
				for _, rm := range md.ResourceMetrics().All() {
					if changed {
						change(rm.ScopeMetrics().At(0).Metrics().At(1))
					}
				}
				out := s.pass(md, 2)
				if i%2 == 0 { // the scrape of the change
					continue
				}
				want := keyOf(md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(1))
				var got []metricKey
				for _, m := range restOf(t, out).ScopeMetrics().At(0).Metrics().All() {
					if m.Name() == want.name {
						got = append(got, keyOf(m))
					}
				}
				require.Equal(t, []metricKey{want}, got, "scrape %d", i+1)
				require.Equal(t, 1+pointsOfProc, s.writer.OtherPoints(s.reader.hosts["web-1"]))
			}
		})
	}
}
