package processbatch

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// metricKey is what makes two metric entries the same metric.
type metricKey struct {
	name, unit  string
	typ         pmetric.MetricType
	temporality pmetric.AggregationTemporality
	monotonic   bool
}

// is reports whether the key is that of an entry, without making another, and
// returns the entry's points if they are numbers.
func (k *metricKey) is(m pmetric.Metric) (dps pmetric.NumberDataPointSlice, ok bool) {
	if m.Type() != k.typ || m.Name() != k.name || m.Unit() != k.unit {
		return dps, false
	}
	switch k.typ {
	case pmetric.MetricTypeSum:
		sum := m.Sum()
		return sum.DataPoints(), sum.AggregationTemporality() == k.temporality && sum.IsMonotonic() == k.monotonic
	case pmetric.MetricTypeGauge:
		return m.Gauge().DataPoints(), true
	}
	return dps, keyOf(m) == *k
}

func keyOf(m pmetric.Metric) metricKey {
	k := metricKey{name: m.Name(), unit: m.Unit(), typ: m.Type()}
	switch k.typ {
	case pmetric.MetricTypeSum:
		k.temporality, k.monotonic = m.Sum().AggregationTemporality(), m.Sum().IsMonotonic()
	case pmetric.MetricTypeHistogram:
		k.temporality = m.Histogram().AggregationTemporality()
	case pmetric.MetricTypeExponentialHistogram:
		k.temporality = m.ExponentialHistogram().AggregationTemporality()
	}
	return k
}

// metric is what the reader has learnt of one metric.
type metric struct {
	key         metricKey
	description string
	kind        process.Kind
	isNumbers   bool   // its points are numbers
	met         uint64 // the reader's latest call that had it
	ranks       []rankMatch
	points      []*point
	byAttrs     map[string]*point
}

// point is one attribute set of a metric.
type point struct {
	metric     *metric
	key, value string // the attribute, if there is just one and it is a text
	bare       bool   // it has no attributes
	attrs      pcommon.Map
	number     int32  // of its series, a process.Slot; -1 before the first value
	float      bool   // the type of its first value, which that of its series is
	ranks      uint8  // the ranks it counts for, a bit each
	text       string // its SeriesKey, once asked for
}

// rankMatch says which points of a metric count for a rank.
type rankMatch struct {
	bit  uint8
	only map[string][]string // attribute → values that count; others do not
}

// additiveGauges are the gauges that may be added over processes. What other
// scrapers report as a gauge is listed under the names of both conventions.
var additiveGauges = map[string]bool{
	"process.cpu.utilization":            true,
	"process.memory.usage":               true,
	"process.memory.virtual":             true,
	"process.memory.utilization":         true,
	"process.threads":                    true,
	"process.thread.count":               true,
	"process.open_file_descriptors":      true,
	"process.unix.file_descriptor.count": true,
	"process.open_handles":               true,
	"process.windows.handle.count":       true,
	"process.handles":                    true,
	"process.signals_pending":            true,
}

// AdditiveGauges returns the names of the gauges that _other_ sums, sorted.
func AdditiveGauges() []string { return slices.Sorted(maps.Keys(additiveGauges)) }

// IsProcessMetric tells whether a process resource may have a metric of this
// name: SDKs put process.pid on every application's resource, together with
// the application's own metrics and those of its runtime.
func IsProcessMetric(name string) bool {
	return strings.HasPrefix(name, "process.") && !strings.HasPrefix(name, "process.runtime.")
}

func kindOf(k metricKey) process.Kind {
	switch {
	case k.typ == pmetric.MetricTypeGauge && additiveGauges[k.name]:
		return process.Level
	case k.typ != pmetric.MetricTypeSum:
		return process.Plain
	case k.temporality == pmetric.AggregationTemporalityDelta:
		return process.Flow
	case k.monotonic:
		return process.Counter
	}
	return process.Level
}

// maxMetrics and maxPoints bound what a reader learns from hostile input.
const (
	maxMetrics = 1024
	maxPoints  = 4096
)

// dictionary holds the metrics and points that a reader has met.
type dictionary struct {
	set     *process.Set
	ranks   []string
	metrics []*metric // in the order of their first sight
	rivals  bool      // there are metrics of the same name
	byKey   map[metricKey]*metric
	points  int
}

// find returns the metric of an entry; hint is tried first. It returns nil for
// a metric that no process has, and when the dictionary is full.
func (d *dictionary) find(m pmetric.Metric, hint *metric) *metric {
	if hint != nil {
		if _, ok := hint.key.is(m); ok {
			return hint
		}
	}
	key := keyOf(m)
	if known, ok := d.byKey[key]; ok {
		return known
	}
	if len(d.metrics) >= maxMetrics || !IsProcessMetric(key.name) {
		return nil
	}
	// Texts are kept as they came: a scraper's are constants, and to compare
	// one with itself costs nothing.
	learnt := &metric{
		key: key, description: m.Description(), kind: kindOf(key),
		byAttrs:   map[string]*point{},
		isNumbers: key.typ == pmetric.MetricTypeSum || key.typ == pmetric.MetricTypeGauge,
	}
	learnt.rankBy(d.ranks)
	for _, m := range d.metrics {
		d.rivals = d.rivals || m.key.name == key.name
	}
	d.metrics = append(d.metrics, learnt)
	d.byKey[key] = learnt
	return learnt
}

// rankBy says which ranks points may count for from now on.
func (d *dictionary) rankBy(ranks []string) {
	d.ranks = ranks
	for _, m := range d.metrics {
		m.rankBy(ranks)
		for _, p := range m.points {
			p.rank()
		}
	}
}

func (m *metric) rankBy(ranks []string) {
	m.ranks = nil
	for bit, name := range ranks {
		if match, ok := rankOf(name, m.key.name); ok {
			match.bit = 1 << bit
			m.ranks = append(m.ranks, match)
		}
	}
}

// rank finds the ranks that the point counts for.
func (p *point) rank() {
	p.ranks = 0
	for _, r := range p.metric.ranks {
		if r.counts(p.attrs) {
			p.ranks |= r.bit
		}
	}
}

// rankOf tells whether a metric counts for a rank: a shorthand, which knows
// the names of both conventions, or a metric's own name.
func rankOf(rank, name string) (rankMatch, bool) {
	switch rank {
	case "cpu":
		modes := []string{"user", "system"}
		return rankMatch{only: map[string][]string{"state": modes, "cpu.mode": modes}}, name == "process.cpu.time"
	case "memory":
		return rankMatch{}, name == "process.memory.usage"
	case "disk_io":
		ways := []string{"read", "write"}
		return rankMatch{only: map[string][]string{"direction": ways, "disk.io.direction": ways}}, name == "process.disk.io"
	}
	return rankMatch{}, rank == name
}

func (r rankMatch) counts(attrs pcommon.Map) bool {
	for key, values := range r.only {
		if v, ok := attrs.Get(key); ok && !slices.Contains(values, v.AsString()) {
			return false
		}
	}
	return true
}

// find returns the point with these attributes; the i-th is tried first,
// since scrapers list them in one order. It returns nil at the limit.
func (m *metric) find(d *dictionary, i int, attrs pcommon.Map) *point {
	if i < len(m.points) && m.points[i].has(attrs) {
		return m.points[i]
	}
	return m.search(d, attrs)
}

func (m *metric) search(d *dictionary, attrs pcommon.Map) *point {
	key := attrsKey(attrs)
	if known, ok := m.byAttrs[key]; ok {
		return known
	}
	if d.points >= maxPoints {
		return nil
	}
	d.points++
	p := &point{metric: m, attrs: pcommon.NewMap(), bare: attrs.Len() == 0, number: -1}
	attrs.CopyTo(p.attrs)
	if attrs.Len() == 1 {
		for k, v := range p.attrs.All() {
			p.key, p.value = k, v.Str() // empty if it is no text
		}
	}
	p.rank()
	m.points = append(m.points, p)
	m.byAttrs[key] = p
	return p
}

// has compares without allocating. It may say no to what is the same, never
// yes to what is not.
func (p *point) has(attrs pcommon.Map) bool {
	switch attrs.Len() {
	case 0:
		return p.bare
	case 1:
		if p.value == "" {
			return false
		}
		v, ok := attrs.Get(p.key)
		return ok && v.Str() == p.value
	}
	return false
}

// slot returns the number of the point's series; false if there is no room for
// another one. Float is the type of the value at hand, which becomes that of a
// series that is new.
func (p *point) slot(d *dictionary, float bool) (process.Slot, bool) {
	if p.number >= 0 {
		return process.Slot(p.number), true
	}
	slot, ok := d.set.Add(process.Series{Kind: p.metric.kind, Float: float, Monotonic: p.metric.key.monotonic})
	if ok {
		p.number, p.float = int32(slot), float
	}
	return slot, ok
}

// attrsKey is a text that two attribute sets share only if they are equal.
func attrsKey(attrs pcommon.Map) string {
	parts := make([]string, 0, attrs.Len())
	for k, v := range attrs.All() {
		parts = append(parts, strconv.Quote(k)+v.Type().String()+strconv.Quote(v.AsString()))
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}
