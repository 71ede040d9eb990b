package seriesmeter

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter/internal/metadata"
)

// FuzzBytes lets two scrapes of any bytes that are OTLP through both meters.
func FuzzBytes(f *testing.F) {
	var marshal pmetric.ProtoMarshaler
	good := func(number, processes int) []byte {
		data, err := marshal.MarshalMetrics(scrape(number, processes))
		require.NoError(f, err)
		return data
	}
	f.Add(good(1, 4), good(1, 2), good(2, 4), good(2, 2))
	f.Fuzz(func(t *testing.T, in1, out1, in2, out2 []byte) {
		p := newPair(t)
		defer p.stop(t)
		for _, side := range []struct {
			meter *meter
			data  []byte
		}{{p.in, in1}, {p.out, out1}, {p.in, in2}, {p.out, out2}} {
			var unmarshal pmetric.ProtoUnmarshaler
			if md, err := unmarshal.UnmarshalMetrics(side.data); err == nil {
				p.pass(t, side.meter, md)
			}
		}
	})
}

// FuzzDamagedScrapes lets scrapes through that are damaged in every way.
func FuzzDamagedScrapes(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(damagedScrapes))
}

func TestDamagedScrapes(t *testing.T) { rapid.Check(t, damagedScrapes) }

func damagedScrapes(t *rapid.T) {
	p := newPair(t)
	defer p.stop(t)
	for number := range rapid.IntRange(1, 5).Draw(t, "scrapes") {
		p.pass(t, p.in, damaged(t, scrape(number, rapid.IntRange(0, 5).Draw(t, "processes in"))))
		p.pass(t, p.out, damaged(t, scrape(number, rapid.IntRange(0, 5).Draw(t, "processes out"))))
	}
}

type asserting interface {
	require.TestingT
	Helper()
}

// pair is the two meters of a variant that nobody else has, and what they log.
type pair struct {
	in, out *meter
	logs    *observer.ObservedLogs
}

var pairs atomic.Int64

func newPair(t asserting) pair {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.Variant = fmt.Sprint("pair ", pairs.Add(1))
	cfg.Critical = critical.List{{Name: "first", Conditions: []string{`resource.attributes["process.executable.name"] == "p1"`}}}
	core, logs := observer.New(zap.DebugLevel)
	open := func(role Role) *meter {
		mine := *cfg
		mine.Role = role
		set := settings()
		set.ID = component.NewIDWithName(metadata.Type, string(role)+" of "+cfg.Variant)
		set.Logger = zap.New(core)
		m, err := newProcessor(set, &mine, new(consumertest.MetricsSink))
		require.NoError(t, err)
		require.NoError(t, m.Start(context.Background(), componenttest.NewNopHost()))
		return m
	}
	return pair{open(scraperecord.RoleInput), open(scraperecord.RoleOutput), logs}
}

func (p pair) stop(t asserting) {
	t.Helper()
	require.NoError(t, p.in.Shutdown(context.Background()))
	require.NoError(t, p.out.Shutdown(context.Background()))
}

// pass sends a batch through a meter: it goes on as it came, and what the
// record of it says are numbers.
func (p pair) pass(t asserting, m *meter, md pmetric.Metrics) {
	t.Helper()
	md.MarkReadOnly()
	require.NoError(t, m.ConsumeMetrics(context.Background(), md))
	sink := m.next.(*consumertest.MetricsSink)
	require.Len(t, sink.AllMetrics(), 1)
	require.True(t, sink.AllMetrics()[0] == md, "not the batch itself")
	sink.Reset()
	require.LessOrEqual(t, p.in.input.reader.Tracked(), stateLimit)
	for _, entry := range p.logs.TakeAll() {
		checkRecord(t, entry.Context[0].Interface.(*scraperecord.Record))
	}
}

// checkRecord looks at the values of a record, all of which are gauges.
func checkRecord(t asserting, r *scraperecord.Record) {
	t.Helper()
	md := pmetric.NewMetrics()
	scraperecord.Encode(r, md.ResourceMetrics())
	for _, m := range md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
		v := m.Gauge().DataPoints().At(0).DoubleValue()
		require.False(t, math.IsNaN(v) || math.IsInf(v, 0), "%s is %v", m.Name(), v)
		require.True(t, v >= 0 || v == -1 || m.Name() == "phoenix.scrape.reduction", "%s is %v", m.Name(), v)
	}
	if c := r.Compared; c != nil {
		require.LessOrEqual(t, max(c.Reduction, c.NamedCPU, c.NamedMemory, c.NamedIO), 1.0)
	}
}

// damaged does some damage to some processes.
func damaged(t *rapid.T, md pmetric.Metrics) pmetric.Metrics {
	for _, rm := range md.ResourceMetrics().All() {
		for range rapid.IntRange(0, 2).Draw(t, "damages") {
			rapid.SampledFrom(damages).Draw(t, "damage")(t, rm)
		}
	}
	return md
}

var damages = []func(*rapid.T, pmetric.ResourceMetrics){
	func(t *rapid.T, rm pmetric.ResourceMetrics) { // another PID, or none that is one
		rm.Resource().Attributes().PutInt("process.pid", rapid.SampledFrom([]int64{1, 2, 0, -1, math.MaxInt64}).Draw(t, "pid"))
	},
	func(_ *rapid.T, rm pmetric.ResourceMetrics) { rm.Resource().Attributes().PutStr("process.pid", "one") },
	func(_ *rapid.T, rm pmetric.ResourceMetrics) { rm.Resource().Attributes().Remove("process.pid") },
	func(_ *rapid.T, rm pmetric.ResourceMetrics) { // _other_, as anybody may call a process
		rm.Resource().Attributes().PutStr("process.executable.name", "_other_")
	},
	func(_ *rapid.T, rm pmetric.ResourceMetrics) {
		rm.Resource().Attributes().PutDouble("host.name", math.NaN())
	},
	func(_ *rapid.T, rm pmetric.ResourceMetrics) {
		for i := range 2000 {
			rm.Resource().Attributes().PutInt(fmt.Sprint("process.attribute.", i), int64(i))
		}
	},
	func(_ *rapid.T, rm pmetric.ResourceMetrics) {
		rm.ScopeMetrics().At(0).CopyTo(rm.ScopeMetrics().AppendEmpty())
	},
	func(_ *rapid.T, rm pmetric.ResourceMetrics) {
		rm.ScopeMetrics().At(0).Metrics().RemoveIf(func(pmetric.Metric) bool { return true })
	},
	func(t *rapid.T, rm pmetric.ResourceMetrics) { // another metric
		aMetric(t, rm).SetName(rapid.SampledFrom([]string{"", "process.", "process.memory.usage", "process.runtime.go.goroutines", "system.cpu.time"}).Draw(t, "name"))
	},
	func(t *rapid.T, rm pmetric.ResourceMetrics) { // another type under a name that is known
		m := aMetric(t, rm)
		points := rapid.IntRange(0, 2).Draw(t, "points")
		switch rapid.IntRange(0, 4).Draw(t, "type") {
		case 0:
			m.SetEmptyGauge()
			for range points {
				m.Gauge().DataPoints().AppendEmpty().SetDoubleValue(math.NaN())
			}
		case 1:
			m.SetEmptyHistogram()
			for range points {
				m.Histogram().DataPoints().AppendEmpty().BucketCounts().FromRaw([]uint64{math.MaxUint64})
			}
		case 2:
			m.SetEmptyExponentialHistogram()
			for range points {
				m.ExponentialHistogram().DataPoints().AppendEmpty().SetScale(math.MinInt32)
			}
		case 3:
			m.SetEmptySummary()
			for range points {
				m.Summary().DataPoints().AppendEmpty().SetSum(math.Inf(1))
			}
		case 4:
			pmetric.NewMetric().CopyTo(m)
		}
	},
	func(t *rapid.T, rm pmetric.ResourceMetrics) { // another kind of sum
		if m := aMetric(t, rm); m.Type() == pmetric.MetricTypeSum {
			m.Sum().SetIsMonotonic(rapid.Bool().Draw(t, "monotonic"))
			m.Sum().SetAggregationTemporality(pmetric.AggregationTemporality(rapid.Int32Range(0, 3).Draw(t, "temporality")))
		}
	},
	func(t *rapid.T, rm pmetric.ResourceMetrics) { // another value
		dp := aPoint(t, rm)
		if rapid.Bool().Draw(t, "double") {
			dp.SetDoubleValue(rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, math.MaxFloat64, 7}).Draw(t, "double value"))
		} else {
			dp.SetIntValue(rapid.SampledFrom([]int64{math.MinInt64, -1, math.MaxInt64, 7}).Draw(t, "int value"))
		}
	},
	func(t *rapid.T, rm pmetric.ResourceMetrics) { // another time
		dp := aPoint(t, rm)
		dp.SetTimestamp(rapid.SampledFrom([]pcommon.Timestamp{0, 1, math.MaxInt64, math.MaxUint64}).Draw(t, "timestamp"))
		dp.SetStartTimestamp(rapid.SampledFrom([]pcommon.Timestamp{0, math.MaxUint64}).Draw(t, "start"))
	},
	func(t *rapid.T, rm pmetric.ResourceMetrics) { aPoint(t, rm).Attributes().Clear() },
	func(t *rapid.T, rm pmetric.ResourceMetrics) {
		dp := pmetric.NewNumberDataPoint()
		dp.SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
		dp.CopyTo(aPoint(t, rm))
	},
}

// aMetric is one of a resource's metrics, or one that nobody will see.
func aMetric(t *rapid.T, rm pmetric.ResourceMetrics) pmetric.Metric {
	ms := rm.ScopeMetrics().At(0).Metrics()
	if ms.Len() == 0 {
		return pmetric.NewMetric()
	}
	return ms.At(rapid.IntRange(0, ms.Len()-1).Draw(t, "metric"))
}

func aPoint(t *rapid.T, rm pmetric.ResourceMetrics) pmetric.NumberDataPoint {
	if m := aMetric(t, rm); m.Type() == pmetric.MetricTypeSum && m.Sum().DataPoints().Len() > 0 {
		return m.Sum().DataPoints().At(0)
	}
	return pmetric.NewNumberDataPoint()
}
