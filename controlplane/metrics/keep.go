package metrics

import (
	"bytes"
	_ "embed"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.yaml.in/yaml/v3"
)

//go:embed keep.yaml
var keepYAML []byte

// kept is one metric of keep.yaml.
type kept struct {
	Roles      []string `yaml:"roles"`
	Attributes []string `yaml:"attributes"`
}

var keep = readKeep(keepYAML)

// readKeep panics at what is no allow-list: it is part of the program.
func readKeep(raw []byte) map[string]kept {
	var file struct {
		Metrics map[string]kept `yaml:"metrics"`
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		panic("keep.yaml: " + err.Error())
	}
	return file.Metrics
}

// roleKey is the attribute of a resource by which it is a record of a meter.
const roleKey = "phoenix.role"

// trim takes everything out of md that is not kept, and returns how many points
// that were.
func trim(md pmetric.Metrics) (left int) {
	before := md.DataPointCount()
	md.ResourceMetrics().RemoveIf(func(rm pmetric.ResourceMetrics) bool {
		role := roleOf(rm.Resource())
		rm.ScopeMetrics().RemoveIf(func(sm pmetric.ScopeMetrics) bool {
			sm.Metrics().RemoveIf(func(m pmetric.Metric) bool { return !trimMetric(m, role) })
			return sm.Metrics().Len() == 0
		})
		return rm.ScopeMetrics().Len() == 0
	})
	return before - md.DataPointCount()
}

// trimMetric reports whether anything of the metric is kept.
func trimMetric(m pmetric.Metric, role string) bool {
	k, ok := keep[m.Name()]
	if !ok || !k.fits(role) {
		return false
	}
	points, ok := numbersOf(m)
	if !ok || points.Len() == 0 {
		return false
	}
	for _, dp := range points.All() {
		dp.Exemplars().RemoveIf(func(pmetric.Exemplar) bool { return true })
		dp.Attributes().RemoveIf(func(key string, _ pcommon.Value) bool { return !slices.Contains(k.Attributes, key) })
	}
	return true
}

// roleOf is the role of the meter whose record the resource is; empty: it is
// none.
func roleOf(r pcommon.Resource) string {
	if v, ok := r.Attributes().Get(roleKey); ok {
		return v.AsString()
	}
	return ""
}

// fits reports whether a resource of this role can have the metric.
func (k kept) fits(role string) bool {
	return len(k.Roles) == 0 && role == "" || slices.Contains(k.Roles, role)
}

// numbersOf returns the points of a gauge or a cumulative sum.
func numbersOf(m pmetric.Metric) (pmetric.NumberDataPointSlice, bool) {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		return m.Gauge().DataPoints(), true
	case pmetric.MetricTypeSum:
		return m.Sum().DataPoints(), m.Sum().AggregationTemporality() == pmetric.AggregationTemporalityCumulative
	}
	return pmetric.NumberDataPointSlice{}, false
}
