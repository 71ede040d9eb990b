package processtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Sample is one point of a batch, with the names of everything it belongs to.
type Sample struct {
	Host, Metric string
	Attrs        string // all attributes of the point
	Resource     string // all attributes of the resource
	PID          int64  // 0: not a process's
	Name         string // process.executable.name
	Group        string // process.group
	Start, At    int64  // nanoseconds
	Value        float64
	Float        bool // the value was no integer
	Monotonic    bool
	Flagged      bool // it has no value: the series ends
}

// Total names the sum that the point adds to: that of its host.
func (s Sample) Total() string { return s.Host + "|" + s.Metric + "|" + s.Attrs }

// Series names the series of the point to a consumer that looks at no start.
func (s Sample) Series() string { return s.Resource + "|" + s.Metric + "|" + s.Attrs }

// Identity names the series to a consumer that believes start times.
func (s Sample) Identity() string { return fmt.Sprint(s.Series(), s.Start) }

// IsOther tells whether the point is one of _other_.
func (s Sample) IsOther() bool { return s.PID == 0 && s.Group == "" }

// Samples lists the number points of every process, of _other_ and of every
// group, resource by resource. A resource without process.executable.name is a
// group if it has process.group; if not, it is left out.
func Samples(md pmetric.Metrics) (all [][]Sample) {
	for _, rm := range md.ResourceMetrics().All() {
		base, ok := subject(rm.Resource().Attributes())
		if !ok {
			continue // an application
		}
		var list []Sample
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				list = append(list, metricSamples(base, m)...)
			}
		}
		all = append(all, list)
	}
	return all
}

// AllSamples lists them in one.
func AllSamples(md pmetric.Metrics) []Sample { return slices.Concat(Samples(md)...) }

// subject returns a sample of a resource without a point.
func subject(attrs pcommon.Map) (s Sample, ok bool) {
	s.Resource = text(attrs)
	if v, ok := attrs.Get("process.pid"); ok {
		s.PID = v.Int()
	}
	if v, ok := attrs.Get("host.name"); ok {
		s.Host = v.Str()
	}
	name, named := attrs.Get("process.executable.name")
	if named {
		s.Name = name.Str()
	}
	group, grouped := attrs.Get("process.group")
	if grouped {
		s.Group = group.Str()
	}
	return s, named || grouped
}

func metricSamples(base Sample, m pmetric.Metric) (list []Sample) {
	base.Metric = m.Name()
	var dps pmetric.NumberDataPointSlice
	switch m.Type() {
	case pmetric.MetricTypeSum:
		dps, base.Monotonic = m.Sum().DataPoints(), m.Sum().IsMonotonic()
	case pmetric.MetricTypeGauge:
		dps = m.Gauge().DataPoints()
	default:
		return nil
	}
	for _, dp := range dps.All() {
		s := base
		s.Attrs, s.Start, s.At = text(dp.Attributes()), int64(dp.StartTimestamp()), int64(dp.Timestamp())
		s.Value, s.Float = value(dp), dp.ValueType() == pmetric.NumberDataPointValueTypeDouble
		s.Flagged = dp.Flags().NoRecordedValue()
		list = append(list, s)
	}
	return list
}

// text writes attributes in the order of their keys.
func text(m pcommon.Map) string {
	all := m.AsRaw()
	var b strings.Builder
	for _, k := range sortedKeys(all) {
		fmt.Fprintf(&b, "%s=%v,", k, all[k])
	}
	return b.String()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
