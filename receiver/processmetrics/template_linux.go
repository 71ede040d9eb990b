package processmetrics

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/procread"
)

// template has the metrics of processes of which the same is known, but for
// values and times. To copy it and fill in the values takes half of the time
// that the generated builder takes.
type template struct {
	metrics pmetric.ResourceMetrics
	values  []value // of all data points, in order
}

// value reads the value of a data point from a process.
type value struct {
	integer func(*procread.Process) int64
	double  func(*procread.Process, procread.Host) float64
}

func ints(all ...func(*procread.Process) int64) (v []value) {
	for _, f := range all {
		v = append(v, value{integer: f})
	}
	return v
}

func doubles(all ...func(*procread.Process, procread.Host) float64) (v []value) {
	for _, f := range all {
		v = append(v, value{double: f})
	}
	return v
}

type (
	process = *procread.Process
	system  = procread.Host
)

var faults = ints(func(p process) int64 { return int64(p.Stat.MajorFaults) }, func(p process) int64 { return int64(p.Stat.MinorFaults) })

// valuesOf has the values of a metric's data points, in the order in which the
// builder is told them.
var valuesOf = map[string][]value{
	"process.children.cpu.time": doubles(
		func(p process, _ system) float64 { return seconds(p.Stat.Children.User) },
		func(p process, _ system) float64 { return seconds(p.Stat.Children.System) }),
	"process.cpu.time": doubles(
		func(p process, _ system) float64 { return seconds(p.Stat.User) },
		func(p process, _ system) float64 { return seconds(p.Stat.System) },
		func(p process, _ system) float64 { return seconds(p.Stat.Wait) }),
	"process.cpu.utilization": doubles(
		func(p process, h system) float64 { return share(p, h, p.Stat.User, p.Before.User) },
		func(p process, h system) float64 { return share(p, h, p.Stat.System, p.Before.System) },
		func(p process, h system) float64 { return share(p, h, p.Stat.Wait, p.Before.Wait) }),
	"process.disk.io":                    ints(func(p process) int64 { return int64(p.IO.Read) }, func(p process) int64 { return int64(p.IO.Written) }),
	"process.disk.operations":            ints(func(p process) int64 { return int64(p.IO.Reads) }, func(p process) int64 { return int64(p.IO.Writes) }),
	"process.memory.usage":               ints(func(p process) int64 { return int64(p.Memory.Resident) }),
	"process.memory.virtual":             ints(func(p process) int64 { return int64(p.Memory.Virtual) }),
	"process.memory.utilization":         doubles(memoryShare),
	"process.paging.faults":              faults,
	"process.threads":                    ints(func(p process) int64 { return p.Stat.Threads }),
	"process.thread.count":               ints(func(p process) int64 { return p.Stat.Threads }),
	"process.signals_pending":            ints(func(p process) int64 { return int64(p.Pending) }),
	"process.open_file_descriptors":      ints(func(p process) int64 { return int64(p.Descriptors) }),
	"process.unix.file_descriptor.count": ints(func(p process) int64 { return int64(p.Descriptors) }),
	"process.context_switches":           ints(func(p process) int64 { return int64(p.Switches.Involuntary) }, func(p process) int64 { return int64(p.Switches.Voluntary) }),
	"process.uptime":                     doubles(func(p process, _ system) float64 { return time.Duration(p.At - p.Born).Seconds() }),
}

// newTemplate makes a template of what the builder made of a process; nil if
// its points are not the ones that it was told, but sums of them.
func newTemplate(rm pmetric.ResourceMetrics) *template {
	t := &template{metrics: pmetric.NewResourceMetrics()}
	t.metrics.SetSchemaUrl(rm.SchemaUrl())
	scope := t.metrics.ScopeMetrics().AppendEmpty()
	from := rm.ScopeMetrics().At(0)
	from.Scope().CopyTo(scope.Scope())
	for _, m := range from.Metrics().All() {
		values := valuesOf[m.Name()]
		if points(m).Len() != len(values) {
			return nil
		}
		t.values = append(t.values, values...)
		withoutValues(m, scope.Metrics().AppendEmpty())
	}
	return t
}

func points(m pmetric.Metric) pmetric.NumberDataPointSlice {
	if m.Type() == pmetric.MetricTypeGauge {
		return m.Gauge().DataPoints()
	}
	return m.Sum().DataPoints()
}

// withoutValues copies a metric with the attributes of its points only.
func withoutValues(from, to pmetric.Metric) {
	to.SetName(from.Name())
	to.SetDescription(from.Description())
	to.SetUnit(from.Unit())
	if from.Type() == pmetric.MetricTypeGauge {
		to.SetEmptyGauge()
	} else {
		sum := to.SetEmptySum()
		sum.SetIsMonotonic(from.Sum().IsMonotonic())
		sum.SetAggregationTemporality(from.Sum().AggregationTemporality())
	}
	for _, dp := range points(from).All() {
		dp.Attributes().CopyTo(points(to).AppendEmpty().Attributes())
	}
}

// fill makes metrics those of a process, whatever they were before.
func (t *template) fill(rm pmetric.ResourceMetrics, p *procread.Process, h procread.Host) {
	t.metrics.CopyTo(rm)
	t.write(rm, p, h)
}

// write brings metrics that were filled from the template up to this scrape.
func (t *template) write(rm pmetric.ResourceMetrics, p *procread.Process, h procread.Host) {
	next := t.values
	for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
		for _, dp := range points(m).All() {
			dp.SetStartTimestamp(pcommon.Timestamp(p.Born))
			dp.SetTimestamp(pcommon.Timestamp(p.At))
			if v := next[0]; v.integer != nil {
				setInt(dp, v.integer(p))
			} else {
				setDouble(dp, v.double(p, h))
			}
			next = next[1:]
		}
	}
}

// setInt and setDouble leave a value that is the same as it is: pdata allocates
// for each one that is set.
func setInt(dp pmetric.NumberDataPoint, v int64) {
	if dp.ValueType() != pmetric.NumberDataPointValueTypeInt || dp.IntValue() != v {
		dp.SetIntValue(v)
	}
}

func setDouble(dp pmetric.NumberDataPoint, v float64) {
	if dp.ValueType() != pmetric.NumberDataPointValueTypeDouble || dp.DoubleValue() != v {
		dp.SetDoubleValue(v)
	}
}
