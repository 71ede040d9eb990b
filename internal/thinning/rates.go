package thinning

import (
	"math"
	"time"

	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// rates keeps the exponential average of every process's rates, so that one
// quiet scrape does not end what has been busy for minutes.
type rates struct {
	halfLife float64     // seconds
	columns  [][]float64 // by metric, then by process; NaN before the first
	elapsed  float64     // of the latest weight
	weight   float64
}

func newRates(metrics int, halfLife time.Duration) rates {
	return rates{halfLife: halfLife.Seconds(), columns: make([][]float64, metrics)}
}

// forget clears the averages of an index that now belongs to another process.
func (r *rates) forget(index int) {
	for _, column := range r.columns {
		if index < len(column) {
			column[index] = math.NaN()
		}
	}
}

// Bad stands for the value of a process that is not a number. It comes after
// every number.
const Bad = -1.0

// Absent stands for the value of a process that does not have the metric. It
// comes after Bad.
var Absent = math.Inf(-1)

// value returns what is measured of a process by a metric: the average rate of what
// grows, else the value as it is.
func (r *rates) value(metric int, e *processbatch.Entry, v float64) float64 {
	bit := uint8(1) << metric
	switch {
	case e.Bad&bit != 0:
		return Bad
	case e.Has&bit == 0:
		return Absent
	case v-v != 0: // a sum of values beyond what a number can be
		return Bad
	case e.Rates&bit == 0:
		return v
	case e.Process.New() && e.Elapsed < leastAge:
		return 0
	}
	return r.average(metric, e.Process.Index(), v, e.Elapsed)
}

// leastAge is the age in seconds below which a new process has no rate yet. A
// scraper that cannot read a creation time says now, and all that a process
// ever used would be used in a moment.
const leastAge = 0.1

func (r *rates) average(metric, index int, increase, elapsed float64) float64 {
	column := r.column(metric, index)
	average := column[index]
	switch {
	case elapsed <= 0 && math.IsNaN(average):
		return 0 // nothing to divide by yet
	case elapsed <= 0:
		return average
	}
	rate := min(increase/elapsed, math.MaxFloat64)
	if !math.IsNaN(average) {
		rate = average + r.newest(elapsed)*(rate-average)
	}
	column[index] = rate
	return rate
}

// column returns the averages of a metric, long enough to have one of index. It
// grows by less than append would: there is a number for every process.
func (r *rates) column(metric, index int) []float64 {
	column := r.columns[metric]
	if index < len(column) {
		return column
	}
	longer := make([]float64, max(index+1, len(column)+len(column)/16+16))
	for i := copy(longer, column); i < len(longer); i++ {
		longer[i] = math.NaN()
	}
	r.columns[metric] = longer
	return longer
}

// newest returns the weight of a rate over this many seconds. Nearly all
// processes of a scrape have the same to the millisecond.
func (r *rates) newest(elapsed float64) float64 {
	if elapsed = math.Round(elapsed*1e3) / 1e3; elapsed != r.elapsed {
		r.elapsed, r.weight = elapsed, 1
		if r.halfLife > 0 {
			r.weight = 1 - math.Exp2(-elapsed/r.halfLife)
		}
	}
	return r.weight
}

// latest returns a process's first average, 0 if it has none.
func (r *rates) latest(index int) float64 {
	for _, column := range r.columns {
		if index < len(column) && !math.IsNaN(column[index]) {
			return column[index]
		}
	}
	return 0
}
