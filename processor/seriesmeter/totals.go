package seriesmeter

import (
	"math"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// maxOutputSeries is how many output series a meter remembers the last sample
// of, per host. In a scrape with more, totals are unknown; from the next one
// with fewer they are compared anew.
const maxOutputSeries = 200_000

// maxTotals is how many metrics × attribute sets are compared with the input's,
// per host. With more of them totals are unknown.
const maxTotals = 4096

// totals is what a backend counts for the output of a host, next to the truth.
type totals struct {
	maxSeries int
	last      map[outputSeries]*lastSample
	byKey     map[string]*total
	truth     map[string]measured // of the input's scrape compared last; nil before
	// partial tells that something was left out in the scrape under way,
	// wasPartial in the one before.
	partial, wasPartial bool
}

// outputSeries is a counter of one process under one set of labels.
type outputSeries struct {
	labels uint64
	*total
}

type lastSample struct {
	v     process.Amount
	start int64 // of its series, nanoseconds: a sum that began again is another one
	seen  int64 // the scrape it was in before the one under way
	now   bool  // it is in the scrape under way
}

// measured is the truth about one series of the host.
type measured struct {
	level, float bool
	process.Amount
}

// total is what a backend counted for one series of the host, over all its
// processes.
type total struct {
	met   bool // a point of it was in the output
	rank  int  // what its points count for, or noRank
	float bool // its type: that of its first point

	process.Amount                // growth so far, or the sum of this scrape's levels
	base           process.Amount // what to take off before it is compared with the truth
	begun          bool
	level          bool
	fresh          bool // _other_ or a group had its first sample in this scrape: its growth waits
}

func newTotals(maxSeries int) totals {
	return totals{maxSeries: maxSeries, last: map[outputSeries]*lastSample{}, byKey: map[string]*total{}}
}

// begin opens a scrape.
func (ts *totals) begin() {
	ts.wasPartial, ts.partial = ts.partial, false
	if ts.wasPartial {
		ts.truth = nil
	}
	for _, t := range ts.byKey {
		t.fresh = false
		t.begun = t.begun && !ts.wasPartial
		if t.level || !t.begun {
			t.Amount = process.Amount{}
		}
	}
}

// add takes a point into its total. It returns the rank that the point counts
// for, and by how much it grew, or its value if it is a level.
func (ts *totals) add(key, metric string, dp pmetric.NumberDataPoint, labels uint64, counter bool, of subject) (rank int, used float64) {
	t := ts.total(key)
	if t == nil {
		return noRank, 0
	}
	if !t.met {
		t.met, t.rank = true, rankOf(metric, dp.Attributes())
		t.float = dp.ValueType() == pmetric.NumberDataPointValueTypeDouble
	}
	v, ok := amount(dp, t.float)
	switch {
	case !ok:
		return noRank, 0
	case counter:
		v = ts.growth(outputSeries{labels, t}, v, int64(dp.StartTimestamp()), of)
	default:
		t.level = true
	}
	t.Int += v.Int
	t.Float += v.Float
	return t.rank, float64(v.Int) + v.Float
}

// total returns the account of one series over all processes, or nil at the
// limit.
func (ts *totals) total(key string) *total {
	t := ts.byKey[key]
	if t == nil && len(ts.byKey) < maxTotals {
		t = &total{}
		ts.byKey[key] = t
	}
	ts.partial = ts.partial || t == nil
	return t
}

// rankOf returns the rank that the points of a series count for.
func rankOf(metric string, attrs pcommon.Map) int {
	return slices.IndexFunc(ranks, func(rank string) bool { return processbatch.Counts(rank, metric, attrs) })
}

// amount is a point's value, as a double or an integer; false if it has none,
// or one that is no finite number.
func amount(dp pmetric.NumberDataPoint, float bool) (v process.Amount, ok bool) {
	switch dp.ValueType() {
	case pmetric.NumberDataPointValueTypeInt:
		if float {
			return process.Amount{Float: float64(dp.IntValue())}, true
		}
		return process.Amount{Int: dp.IntValue()}, true
	case pmetric.NumberDataPointValueTypeDouble:
		f := dp.DoubleValue()
		if float {
			return process.Amount{Float: f}, f-f == 0
		}
		return process.Amount{Int: int64(f)}, f >= math.MinInt64 && f < math.MaxInt64
	}
	return v, false
}

// growth is what a backend counts between two samples of a counter: their
// difference, or the later one if it is smaller. A first sample is none.
func (ts *totals) growth(id outputSeries, v process.Amount, start int64, of subject) process.Amount {
	last := ts.last[id]
	if last == nil {
		id.fresh = id.fresh || of != aProcess
		if len(ts.last) >= ts.maxSeries {
			ts.partial = true
		} else {
			ts.last[id] = &lastSample{v: v, start: start, now: true}
		}
		return process.Amount{}
	}
	before := last.v
	id.fresh = id.fresh || (of != aProcess && last.start != start)
	last.v, last.start, last.now = v, start, true
	if v.Int < before.Int || v.Float < before.Float {
		return v
	}
	return process.Amount{Int: v.Int - before.Int, Float: v.Float - before.Float}
}

// whole reports whether nothing was left out of what the counters of this
// scrape grew by.
func (ts *totals) whole() bool { return !ts.partial && !ts.wasPartial }

// compare returns the largest difference from the truth of the integers, and
// the largest relative one of the doubles.
func (ts *totals) compare(truth map[string]measured) (integers, doubles float64) {
	for key, m := range truth {
		off := ts.difference(key, m)
		if m.float {
			doubles = math.Max(doubles, off/math.Max(1, math.Abs(m.Float)))
		} else {
			integers = math.Max(integers, off)
		}
	}
	ts.truth = truth
	if ts.partial {
		return unknown, unknown
	}
	return integers, doubles
}

// difference returns how far what a backend counted for a series of the host
// is from the truth. The first common scrape is where both begin.
func (ts *totals) difference(key string, truth measured) float64 {
	t := ts.total(key)
	if t == nil {
		return 0
	}
	t.level = truth.level
	if !truth.level && !t.begun {
		t.begun = true
		before := truth.Amount
		if ts.truth != nil {
			before = ts.truth[key].Amount
			t.Amount = process.Amount{} // the series is new, and counts from now on
		}
		t.base = process.Amount{Int: before.Int - t.Int, Float: before.Float - t.Float}
	}
	if t.fresh {
		return 0
	}
	return math.Abs(float64(truth.Int-t.base.Int-t.Int) + truth.Float - t.base.Float - t.Float)
}

// forget drops the samples of series that have not been seen for the window:
// one that comes back is a first sample again. None was seen in the future,
// though the clock may have been set back.
func (ts *totals) forget(now int64, window time.Duration) {
	for id, last := range ts.last {
		if last.now {
			last.seen, last.now = now, false
		}
		last.seen = min(last.seen, now)
		if last.seen < now-int64(window) {
			delete(ts.last, id)
		}
	}
}
