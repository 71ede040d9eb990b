package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// This file counts what a backend would count, by nothing but the OpenTelemetry
// data model: it shares no code with the processors.

const otherName = "_other_"

// amount is a sum of points; a metric's are all of one kind.
type amount struct {
	integer int64
	double  float64
}

func (a amount) plus(b amount) amount { return amount{a.integer + b.integer, a.double + b.double} }
func (a amount) float() float64       { return float64(a.integer) + a.double }

func (a amount) since(b amount) amount {
	return amount{a.integer - b.integer, a.double - b.double}
}

// sample is one data point of a process, of a group or of _other_.
type sample struct {
	process  string // name and PID, or the group
	pid      int64
	start    pcommon.Timestamp
	series   string // resource, metric and attributes
	metric   string // metric and attributes
	time     pcommon.Timestamp
	value    amount
	counter  bool
	other    bool
	noRecord bool
}

// samplesOf lists the data points of a batch.
func samplesOf(t *testing.T, rms pmetric.ResourceMetricsSlice) (all []sample) {
	t.Helper()
	for _, rm := range rms.All() {
		attrs := rm.Resource().Attributes()
		name, _ := attrs.Get("process.executable.name")
		pid, isProcess := attrs.Get("process.pid")
		s := sample{process: name.Str(), other: true}
		group, isGroup := attrs.Get("process.group")
		switch {
		case isProcess:
			s.process, s.pid, s.other = fmt.Sprintf("%s[%d]", name.Str(), pid.Int()), pid.Int(), false
		case isGroup:
			s.process, s.other = "group "+group.Str(), false
		default:
			require.Equal(t, otherName, s.process, "a resource is a process, a group or _other_: %v", attrs.AsRaw())
		}
		resource := canonical(attrs)
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				dps, counter := pointsOf(m)
				for _, dp := range dps.All() {
					s.metric, s.counter = m.Name()+canonical(dp.Attributes()), counter
					s.series = resource + s.metric
					s.time, s.start, s.value = dp.Timestamp(), dp.StartTimestamp(), amount{}
					s.noRecord = dp.Flags().NoRecordedValue()
					if dp.ValueType() == pmetric.NumberDataPointValueTypeInt {
						s.value.integer = dp.IntValue()
					} else if !s.noRecord {
						s.value.double = dp.DoubleValue()
					}
					all = append(all, s)
				}
			}
		}
	}
	return all
}

// pointsOf returns a metric's points and whether they only grow.
func pointsOf(m pmetric.Metric) (pmetric.NumberDataPointSlice, bool) {
	if m.Type() == pmetric.MetricTypeGauge {
		return m.Gauge().DataPoints(), false
	}
	return m.Sum().DataPoints(), m.Sum().IsMonotonic()
}

// canonical is attributes as text, the same for the same attributes.
func canonical(attrs pcommon.Map) string {
	if attrs.Len() == 0 {
		return ""
	}
	parts := make([]string, 0, attrs.Len())
	for k, v := range attrs.All() {
		parts = append(parts, k+"="+v.AsString())
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ",") + "}"
}

// scrape is what one scrape has on one side of a pipeline.
type scrape struct {
	processes, series, ended, bytes int
	names                           []string          // of its processes and groups, sorted
	levels                          map[string]amount // by metric: what does not grow, summed
}

// account is what a backend knows after a recording.
type account struct {
	scrapes  []scrape
	distinct int               // series ever seen
	named    map[string]amount // by metric: growth under names
	other    map[string]amount // by metric: growth under _other_
	levels   map[string]amount // by metric: levels under names, over all scrapes
	all      map[string]amount // by metric: all levels, over all scrapes
}

// boundaries are the greatest timestamps of the input's scrapes: what is later
// than one belongs to the next.
func boundaries(t *testing.T, scrapes []pmetric.Metrics) (last []pcommon.Timestamp) {
	t.Helper()
	for _, md := range scrapes {
		latest := pcommon.Timestamp(0)
		for _, s := range samplesOf(t, md.ResourceMetrics()) {
			if len(last) > 0 {
				require.Greater(t, s.time, last[len(last)-1], "scrapes do not overlap in time")
			}
			latest = max(latest, s.time)
		}
		last = append(last, latest)
	}
	return last
}

// byScrape sorts resources into scrapes: an exporter's batch may hold several.
func byScrape(t *testing.T, batches []pmetric.Metrics, last []pcommon.Timestamp) []pmetric.ResourceMetricsSlice {
	t.Helper()
	sorted := make([]pmetric.ResourceMetricsSlice, len(last))
	for i := range sorted {
		sorted[i] = pmetric.NewResourceMetricsSlice()
	}
	for _, md := range batches {
		for _, rm := range md.ResourceMetrics().All() {
			one := pmetric.NewResourceMetricsSlice()
			rm.CopyTo(one.AppendEmpty())
			for _, s := range samplesOf(t, one)[:1] {
				i, _ := slices.BinarySearchFunc(last, s.time, cmp.Compare[pcommon.Timestamp])
				require.Less(t, i, len(last), "a point is later than the recording")
				rm.CopyTo(sorted[i].AppendEmpty())
			}
		}
	}
	return sorted
}

// accountOf counts as a backend does: the growth of a counter is the
// difference of the samples of a series.
func accountOf(t *testing.T, scrapes []pmetric.ResourceMetricsSlice) account {
	t.Helper()
	a := account{named: map[string]amount{}, other: map[string]amount{}, levels: map[string]amount{}, all: map[string]amount{}}
	last := map[string]amount{}
	seen := map[string]bool{}
	for _, rms := range scrapes {
		s := scrape{levels: map[string]amount{}, bytes: sizeOf(rms)}
		names := map[string]bool{}
		once := map[string]bool{}
		for _, p := range samplesOf(t, rms) {
			if p.noRecord {
				s.ended++
				continue
			}
			require.False(t, once[p.series], "%s has two points in a scrape", p.series)
			once[p.series], seen[p.series] = true, true
			s.series++
			if !p.other {
				names[p.process] = true
			}
			a.count(p, &s, last)
		}
		s.names, s.processes = slices.Sorted(maps.Keys(names)), len(names)
		a.scrapes = append(a.scrapes, s)
	}
	a.distinct = len(seen)
	return a
}

// count adds one sample to the totals.
func (a *account) count(p sample, s *scrape, last map[string]amount) {
	if !p.counter {
		s.levels[p.metric] = s.levels[p.metric].plus(p.value)
		a.all[p.metric] = a.all[p.metric].plus(p.value)
		if !p.other {
			a.levels[p.metric] = a.levels[p.metric].plus(p.value)
		}
		return
	}
	before, known := last[p.series]
	last[p.series] = p.value
	if !known {
		return
	}
	grown := p.value.since(before)
	if grown.float() < 0 {
		grown = p.value // a reset
	}
	if p.other {
		a.other[p.metric] = a.other[p.metric].plus(grown)
	} else {
		a.named[p.metric] = a.named[p.metric].plus(grown)
	}
}

// used is what all processes of the input used, by metric: the growth of each
// since its previous scrape, and the whole of one that was born in between. A
// process is its PID and its creation time: its name may change.
func used(t *testing.T, scrapes []pmetric.Metrics) map[string]amount {
	t.Helper()
	total := map[string]amount{}
	before := map[string]amount{}
	previous := pcommon.Timestamp(math.MaxInt64) // the earliest time of the previous scrape
	for _, md := range scrapes {
		earliest := pcommon.Timestamp(math.MaxInt64)
		for _, s := range samplesOf(t, md.ResourceMetrics()) {
			earliest = min(earliest, s.time)
			if !s.counter {
				continue
			}
			key := fmt.Sprint(s.pid, s.start, s.metric)
			was, known := before[key]
			before[key] = s.value
			const bootTime = 2_000_000_000 // the kernel's boot time is whole seconds, and so may creation times be
			if known || s.start+bootTime >= previous {
				total[s.metric] = total[s.metric].plus(s.value.since(was))
			}
		}
		previous = earliest
	}
	return total
}

func sizeOf(rms pmetric.ResourceMetricsSlice) int {
	md := pmetric.NewMetrics()
	rms.CopyTo(md.ResourceMetrics())
	var m pmetric.ProtoMarshaler
	return m.MetricsSize(md)
}

// sum adds up the amounts of the metrics that a rank counts.
func sum(amounts map[string]amount, metrics ...string) float64 {
	total := 0.0
	for _, m := range metrics {
		total += amounts[m].float()
	}
	return total
}
