package processtest

import (
	"fmt"
	"math"
	"strings"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/processbatch"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// Hostile feeds a processor what it may not believe, and knows of its output
// what must hold all the same.
type Hostile struct {
	processor *thinning.Processor
	sink      *consumertest.MetricsSink
	last      map[string]pmetric.NumberDataPoint // by series and start
}

// How a processor that is fed so must be configured.
const (
	// HostileLimit is the state_limit, in processes.
	HostileLimit = 4
	// RestOfHost is the name of _other_, and what the names of groups begin
	// with. No input has it.
	RestOfHost = "the rest of a host in a fuzz test"
)

// NewHostile feeds a processor whose output goes to the sink.
func NewHostile(p *thinning.Processor, sink *consumertest.MetricsSink) *Hostile {
	return &Hostile{processor: p, sink: sink, last: map[string]pmetric.NumberDataPoint{}}
}

// Take lets the processor have a batch. No counter of a process, of _other_
// or of a group that comes out of it is negative, no number, or lower than
// before, and the state stays within its limits.
func (h *Hostile) Take(t T, md pmetric.Metrics) {
	t.Helper()
	out := Push(t, h.processor, h.sink, md)
	require.LessOrEqual(t, Tracked(h.processor), HostileLimit)
	require.LessOrEqual(t, len(h.processor.Hosts()), processbatch.MaxHosts)
	for _, rm := range out.ResourceMetrics().All() {
		if rest := isRest(rm); rest || isProcess(rm) {
			h.checkResource(t, rm, rest)
		}
	}
}

func isRest(rm pmetric.ResourceMetrics) bool {
	for _, key := range []string{"process.executable.name", "process.group"} {
		if name, ok := rm.Resource().Attributes().Get(key); ok && strings.HasPrefix(name.AsString(), RestOfHost) {
			return true
		}
	}
	return false
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

func (h *Hostile) checkResource(t T, rm pmetric.ResourceMetrics, rest bool) {
	t.Helper()
	resource := text(rm.Resource().Attributes())
	for _, sm := range rm.ScopeMetrics().All() {
		for _, m := range sm.Metrics().All() {
			if m.Type() == pmetric.MetricTypeSum && m.Sum().IsMonotonic() && m.Sum().AggregationTemporality() != pmetric.AggregationTemporalityDelta {
				h.checkCounter(t, resource, m, rest)
			}
		}
	}
}

func (h *Hostile) checkCounter(t T, resource string, m pmetric.Metric, rest bool) {
	t.Helper()
	for _, dp := range m.Sum().DataPoints().All() {
		if dp.Flags().NoRecordedValue() {
			continue
		}
		v := value(dp)
		require.True(t, v >= 0 && v <= math.MaxFloat64, "%s of %s is %v", m.Name(), resource, v)
		key := fmt.Sprint(resource, m.Name(), m.Unit(), m.Sum().AggregationTemporality(), text(dp.Attributes()), dp.ValueType(), dp.StartTimestamp())
		if before, known := h.last[key]; known && (rest || dp.Timestamp() > before.Timestamp()) {
			require.GreaterOrEqual(t, v, value(before), "%s of %s fell", m.Name(), resource)
		}
		h.last[key] = pmetric.NewNumberDataPoint()
		dp.CopyTo(h.last[key])
	}
}
