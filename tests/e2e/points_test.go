//go:build linux

package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// rest is the executable's name of the process that stands for the others.
const rest = "_other_"

// point is one data point of a process.
type point struct {
	resource string // its attributes: by these an exporter tells processes apart
	pid      int64  // 0 for the rest
	name     string // of the executable
	metric   string
	series   string  // metric and point attributes, as process.cpu.time{state=user}
	counter  bool    // cumulative and monotonic
	flagged  bool    // says that no value is recorded any more
	integer  bool    // a double holds these exactly up to 2^53
	value    float64 // in the metric's unit
	start    int64   // nanoseconds since the epoch
	at       int64   // the same
}

// points lists the points of a batch.
func points(t *testing.T, md pmetric.Metrics) (all []point) {
	t.Helper()
	for _, rm := range md.ResourceMetrics().All() {
		attrs := rm.Resource().Attributes()
		of := point{resource: text(attrs)}
		if v, ok := attrs.Get("process.pid"); ok {
			of.pid = v.Int()
		}
		if v, ok := attrs.Get("process.executable.name"); ok {
			of.name = v.Str()
		}
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				all = append(all, metricPoints(t, of, m)...)
			}
		}
	}
	return all
}

func metricPoints(t *testing.T, of point, m pmetric.Metric) (all []point) {
	of.metric = m.Name()
	dps := pmetric.NewNumberDataPointSlice()
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		dps = m.Gauge().DataPoints()
	case pmetric.MetricTypeSum:
		dps = m.Sum().DataPoints()
		of.counter = m.Sum().IsMonotonic()
		require.Equal(t, pmetric.AggregationTemporalityCumulative, m.Sum().AggregationTemporality(), m.Name())
	default:
		t.Errorf("%s is a %s; the process scraper has sums and gauges only", m.Name(), m.Type())
	}
	for _, dp := range dps.All() {
		p := of
		p.series, p.flagged = of.metric+text(dp.Attributes()), dp.Flags().NoRecordedValue()
		p.start, p.at = int64(dp.StartTimestamp()), int64(dp.Timestamp())
		if p.integer = dp.ValueType() == pmetric.NumberDataPointValueTypeInt; p.integer {
			p.value = float64(dp.IntValue())
		} else {
			p.value = dp.DoubleValue()
		}
		all = append(all, p)
	}
	return all
}

// text writes attributes so that equal ones are equal texts.
func text(attrs pcommon.Map) string {
	list := make([]string, 0, attrs.Len())
	for k, v := range attrs.All() {
		list = append(list, k+"="+v.AsString())
	}
	slices.Sort(list)
	return "{" + strings.Join(list, ",") + "}"
}

// scrape is one scrape as two pipelines of the same receiver wrote it.
type scrape struct {
	in, out []point // without the flagged ones
	at      int64   // its greatest timestamp, nanoseconds since the epoch
	before  int64   // the same of the scrape before; 0 for the first
	seen    batch   // the input as it arrived
}

// pair brings the batches of two pipelines together, scrape by scrape. What
// only one of them has, since the collector was stopped or reloaded there, is
// left out.
func pair(t *testing.T, in, out []batch) (scrapes []scrape) {
	t.Helper()
	written := map[int64][]point{}
	for _, b := range out {
		all := points(t, b.Metrics)
		written[latest(all)] = recorded(all)
	}
	for _, b := range in {
		all := points(t, b.Metrics)
		if o, ok := written[latest(all)]; ok {
			scrapes = append(scrapes, scrape{in: recorded(all), out: o, at: latest(all), seen: b})
		}
	}
	for i := 1; i < len(scrapes); i++ {
		scrapes[i].before = scrapes[i-1].at
	}
	require.GreaterOrEqual(t, len(scrapes), min(len(in), len(out))-1, "scrapes that both pipelines have")
	return scrapes
}

// latest is the greatest timestamp of a scrape's points.
func latest(all []point) (at int64) {
	for i := range all {
		at = max(at, all[i].at)
	}
	return at
}

// recorded leaves out the points that say that their series ended.
func recorded(all []point) []point {
	kept := make([]point, 0, len(all))
	for _, p := range all {
		if !p.flagged {
			kept = append(kept, p)
		}
	}
	return kept
}

// levels sums what does not grow, by series.
func levels(all []point) map[string]float64 {
	sums := map[string]float64{}
	for i := range all {
		if p := &all[i]; !p.counter && p.metric != "process.count" {
			sums[p.series] += p.value
		}
	}
	return sums
}

// processIDs lists the processes that have points of their own.
func processIDs(all []point) map[int64]bool {
	pids := map[int64]bool{}
	for i := range all {
		if all[i].pid != 0 {
			pids[all[i].pid] = true
		}
	}
	return pids
}

// place is where a point is in a scrape; pid 0 is the rest.
type place struct {
	pid    int64
	series string
}

// places indexes the points of a scrape.
func places(all []point) map[place]point {
	index := make(map[place]point, len(all))
	for _, p := range all {
		index[place{p.pid, p.series}] = p
	}
	return index
}
