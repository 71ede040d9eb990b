package topk

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// FuzzBytes reads three scrapes from any bytes that are OTLP.
func FuzzBytes(f *testing.F) {
	var marshal pmetric.ProtoMarshaler
	good := func(second int) []byte {
		data, err := marshal.MarshalMetrics(at(second, ps{pid: 1, cpu: float64(second), memory: 5}, ps{pid: 2, critical: true}))
		require.NoError(f, err)
		return data
	}
	f.Add(good(1000), good(1010), good(1020))
	f.Add(good(1010), good(1000), []byte{})
	f.Fuzz(func(t *testing.T, first, second, third []byte) {
		h := newHostile(t, top("cpu", 1))
		for _, data := range [][]byte{first, second, third} {
			var unmarshal pmetric.ProtoUnmarshaler
			if md, err := unmarshal.UnmarshalMetrics(data); err == nil {
				h.take(t, md)
			}
		}
	})
}

// FuzzOddBatches builds batches that are all that a scraper never writes.
func FuzzOddBatches(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(oddBatches))
}

func TestOddBatches(t *testing.T) { rapid.Check(t, oddBatches) }

func oddBatches(t *rapid.T) {
	h := newHostile(t, drawConfig(t))
	for scrape := range rapid.IntRange(1, 6).Draw(t, "scrapes") {
		h.take(t, oddBatch(t, pcommon.Timestamp(scrapeStart+int64(scrape)*10e9)))
	}
}

// hostile is a processor that is fed what it may not believe, and what is
// known of its output.
type hostile struct {
	p    *topk
	sink *consumertest.MetricsSink
	last map[string]pmetric.NumberDataPoint // by series and start
}

// restOfHost is a name that no input has.
const restOfHost = "the rest of a host in a fuzz test"

func newHostile(t asserting, change func(*Config)) *hostile {
	p, sink := run(t, func(c *Config) {
		change(c)
		c.StateLimit, c.Other.Name = 4, restOfHost
	})
	return &hostile{p: p, sink: sink, last: map[string]pmetric.NumberDataPoint{}}
}

// take lets the processor have a batch. No counter of a process or of _other_
// that comes out of it is negative, no number, or lower than before, and the
// state stays within its limits.
func (h *hostile) take(t asserting, md pmetric.Metrics) {
	out := push(t, h.p, h.sink, md)
	require.LessOrEqual(t, h.p.reader.Tracked(), h.p.cfg.StateLimit)
	require.LessOrEqual(t, len(h.p.hosts), processbatch.MaxHosts)
	for _, rm := range out.ResourceMetrics().All() {
		if isOther := isRest(rm); isOther || isProcess(rm) {
			for _, sm := range rm.ScopeMetrics().All() {
				for _, m := range sm.Metrics().All() {
					h.checkMetric(t, text(rm.Resource().Attributes()), m, isOther)
				}
			}
		}
	}
}

func isRest(rm pmetric.ResourceMetrics) bool {
	name, ok := rm.Resource().Attributes().Get("process.executable.name")
	return ok && name.AsString() == restOfHost
}

func isProcess(rm pmetric.ResourceMetrics) bool {
	pid, ok := rm.Resource().Attributes().Get("process.pid")
	if !ok || pid.Type() != pcommon.ValueTypeInt || pid.Int() < 1 || pid.Int() > math.MaxInt32 {
		return false
	}
	for _, sm := range rm.ScopeMetrics().All() {
		for _, m := range sm.Metrics().All() {
			if !processbatch.IsProcessMetric(m.Name()) {
				return false
			}
		}
	}
	return true
}

func (h *hostile) checkMetric(t asserting, resource string, m pmetric.Metric, isOther bool) {
	if m.Type() != pmetric.MetricTypeSum || !m.Sum().IsMonotonic() || m.Sum().AggregationTemporality() == pmetric.AggregationTemporalityDelta {
		return
	}
	for _, dp := range m.Sum().DataPoints().All() {
		if dp.Flags().NoRecordedValue() {
			continue
		}
		v := number(dp)
		require.True(t, v >= 0 && v <= math.MaxFloat64, "%s of %s is %v", m.Name(), resource, v)
		key := fmt.Sprint(resource, m.Name(), m.Unit(), m.Sum().AggregationTemporality(), text(dp.Attributes()), dp.ValueType(), dp.StartTimestamp())
		if before, known := h.last[key]; known && (isOther || dp.Timestamp() > before.Timestamp()) {
			require.GreaterOrEqual(t, v, number(before), "%s of %s fell", m.Name(), resource)
		}
		h.last[key] = pmetric.NewNumberDataPoint()
		dp.CopyTo(h.last[key])
	}
}

func number(dp pmetric.NumberDataPoint) float64 {
	if dp.ValueType() == pmetric.NumberDataPointValueTypeInt {
		return float64(dp.IntValue())
	}
	return dp.DoubleValue()
}

// odd picks one of the values, the first one most often.
func odd[T any](t *rapid.T, label string, first T, others ...T) T {
	if rapid.IntRange(0, 2).Draw(t, label) < 2 {
		return first
	}
	return rapid.SampledFrom(others).Draw(t, label)
}

func oddBatch(t *rapid.T, now pcommon.Timestamp) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for range rapid.IntRange(0, 6).Draw(t, "resources") {
		rm := md.ResourceMetrics().AppendEmpty()
		attrs := rm.Resource().Attributes()
		attrs.PutInt("process.pid", rapid.Int64Range(1, 6).Draw(t, "pid"))
		switch odd(t, "resource", 0, 1, 2, 3, 4, 5) {
		case 1:
			attrs.PutStr("process.pid", "1")
		case 2:
			attrs.PutInt("process.pid", odd[int64](t, "pid", 0, -1, math.MaxInt64))
		case 3:
			attrs.PutDouble("host.id", math.NaN())
			attrs.PutEmptyMap("process.executable.name").PutEmpty("nothing")
		case 4:
			manyAttributes(attrs)
		case 5:
			attrs.PutStr("process.creation.time", odd(t, "created", "yesterday", "0000-00-00T00:00:00Z", ""))
			attrs.PutBool("process.test_critical", true)
		}
		for range rapid.IntRange(0, 2).Draw(t, "scopes") {
			ms := rm.ScopeMetrics().AppendEmpty().Metrics()
			for range rapid.IntRange(0, 3).Draw(t, "metrics") {
				oddMetric(t, ms.AppendEmpty(), now)
			}
		}
	}
	return md
}

func manyAttributes(attrs pcommon.Map) {
	for i := range 2000 {
		attrs.PutInt(fmt.Sprint("process.attribute.", i), int64(i))
	}
}

func oddMetric(t *rapid.T, m pmetric.Metric, now pcommon.Timestamp) {
	m.SetName(odd(t, "name", "process.cpu.time", "process.memory.usage", "process.", "", "process.runtime.go.goroutines", "system.cpu.time"))
	m.SetUnit(odd(t, "unit", "s", "By", ""))
	n := rapid.IntRange(0, 3).Draw(t, "points")
	switch odd(t, "type", pmetric.MetricTypeSum, pmetric.MetricTypeGauge, pmetric.MetricTypeHistogram, pmetric.MetricTypeExponentialHistogram, pmetric.MetricTypeSummary, pmetric.MetricTypeEmpty) {
	case pmetric.MetricTypeSum:
		m.SetEmptySum().SetIsMonotonic(odd(t, "monotonic", true, false))
		m.Sum().SetAggregationTemporality(odd(t, "temporality", pmetric.AggregationTemporalityCumulative, pmetric.AggregationTemporalityDelta, pmetric.AggregationTemporalityUnspecified, 99))
		for range n {
			oddPoint(t, m.Sum().DataPoints().AppendEmpty(), now)
		}
	case pmetric.MetricTypeGauge:
		m.SetEmptyGauge()
		for range n {
			oddPoint(t, m.Gauge().DataPoints().AppendEmpty(), now)
		}
	case pmetric.MetricTypeHistogram:
		m.SetEmptyHistogram()
		for range n {
			dp := m.Histogram().DataPoints().AppendEmpty()
			dp.BucketCounts().FromRaw([]uint64{1, math.MaxUint64})
			dp.SetSum(math.NaN())
		}
	case pmetric.MetricTypeExponentialHistogram:
		m.SetEmptyExponentialHistogram()
		for range n {
			m.ExponentialHistogram().DataPoints().AppendEmpty().SetScale(math.MinInt32)
		}
	case pmetric.MetricTypeSummary:
		m.SetEmptySummary()
		for range n {
			m.Summary().DataPoints().AppendEmpty().QuantileValues().AppendEmpty().SetQuantile(-1)
		}
	}
}

func oddPoint(t *rapid.T, dp pmetric.NumberDataPoint, now pcommon.Timestamp) {
	dp.SetTimestamp(odd(t, "timestamp", now, 0, 1, now-10e9, now+1e9, math.MaxInt64, math.MaxUint64))
	dp.SetStartTimestamp(odd(t, "start", now-100e9, 0, 1, now, now-1e9, math.MaxInt64, math.MaxUint64))
	switch odd(t, "attributes", 0, 1, 2, 3) {
	case 0:
		dp.Attributes().PutStr("state", odd(t, "state", "user", "system", "wait", ""))
	case 1:
		dp.Attributes().PutInt("state", 1)
	case 2:
		manyAttributes(dp.Attributes())
	}
	switch odd(t, "value type", 0, 1, 2, 3) {
	case 0:
		dp.SetDoubleValue(odd(t, "double", rapid.Float64Range(0, 1e6).Draw(t, "usual double"), math.NaN(), math.Inf(1), math.Inf(-1), -1, math.MaxFloat64, math.SmallestNonzeroFloat64, 0))
	case 1:
		dp.SetIntValue(odd(t, "int", rapid.Int64Range(0, 1e6).Draw(t, "usual int"), -1, math.MaxInt64, math.MinInt64))
	case 2:
		dp.SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
	}
}
