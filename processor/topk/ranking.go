package topk

import (
	"slices"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// field is what a ranking ranks: units, which are processes or groups of them,
// numbered from 0, each with its value by the metric.
type field struct {
	values []float64 // of unit i at i*stride
	stride int
	id     func(unit int) process.ID              // breaks ties
	column func(unit int) int                     // names a unit from scrape to scrape
	find   func(column int) (unit int, here bool) // the other way round, if it is in this scrape
}

// ranked is a unit with its place by one metric.
type ranked struct {
	unit      int
	rank      int // 1 is the first; a displaced one has a rank above K
	value     float64
	threshold float64 // value of the last that ranks, or the least that may
	displaced bool
}

// ranking ranks by one metric and remembers who was kept by it.
type ranking struct {
	k      int
	min    float64
	margin float64
	hold   int

	held      []holding // ranked in the previous scrape and kept
	list      []ranked
	threshold float64 // of the latest scrape: value of the last that ranks, or the least that may
}

// holding is a unit that is kept by a ranking.
type holding struct {
	column    int
	displaced int // for how many scrapes
}

func newRanking(r Rank, h Hysteresis) *ranking {
	return &ranking{k: r.K, min: r.Min, margin: h.Margin, hold: h.Hold}
}

// rank returns the true top K, best first, then those that were kept by this
// metric and may stay: at most K, within the margin, for at most hold scrapes.
// The list is valid until the next call.
func (r *ranking) rank(f field) []ranked {
	least := r.min
	if least == 0 {
		least = thinning.Bad
	}
	r.list = r.list[:0]
	for i, at := 0, 0; at < len(f.values); i, at = i+1, at+f.stride {
		if v := f.values[at]; v >= least && (len(r.list) < r.k || v >= r.list[0].value) {
			r.offer(ranked{unit: i, value: v}, f)
		}
	}
	slices.SortFunc(r.list, f.compare)
	r.threshold = r.min
	if len(r.list) == r.k {
		r.threshold = r.list[r.k-1].value
	}
	for i := range r.list {
		r.list[i].rank, r.list[i].threshold = i+1, r.threshold
	}
	r.stay(f)
	return r.list
}

// offer puts a unit among the best K seen so far: a heap with the worst on
// top, so that most units cost one comparison.
func (r *ranking) offer(c ranked, f field) {
	h := r.list
	if len(h) < r.k {
		r.list = append(h, c)
		h = r.list
		for i := len(h) - 1; i > 0; {
			up := (i - 1) / 2
			if f.compare(h[up], h[i]) > 0 {
				break
			}
			h[up], h[i] = h[i], h[up]
			i = up
		}
		return
	}
	if f.compare(c, h[0]) > 0 {
		return
	}
	h[0] = c
	for i := 0; ; {
		down := 2*i + 1
		if down >= len(h) {
			return
		}
		if right := down + 1; right < len(h) && f.compare(h[right], h[down]) > 0 {
			down = right
		}
		if f.compare(h[i], h[down]) > 0 {
			return
		}
		h[i], h[down] = h[down], h[i]
		i = down
	}
}

// compare orders the better one first: the larger value, then the smaller id.
func (f field) compare(a, b ranked) int {
	switch {
	case a.value > b.value:
		return -1
	case a.value < b.value:
		return 1
	}
	x, y := f.id(a.unit), f.id(b.unit)
	switch {
	case x == y:
		return 0
	case x.Less(y):
		return -1
	}
	return 1
}

// release forgets who was not kept after all: it does not stay when displaced.
func (r *ranking) release(kept map[int]bool) {
	r.held = slices.DeleteFunc(r.held, func(h holding) bool { return !kept[h.column] })
}

// stay appends the displaced ones that may stay, and notes who is kept.
func (r *ranking) stay(f field) {
	top := len(r.list)
	next := make([]holding, 0, 2*top)
	ranks := make(map[int]bool, top) // by unit: it is one of the top K
	for i := range r.list {
		ranks[r.list[i].unit] = true
		next = append(next, holding{column: f.column(r.list[i].unit)})
	}
	since := map[int]int{} // by unit: scrapes that it is displaced for
	for _, h := range r.held {
		unit, here := f.find(h.column)
		if !here || ranks[unit] {
			continue
		}
		v := f.values[unit*f.stride]
		if h.displaced < r.hold && v >= 0 && v >= (1-r.margin)*r.threshold {
			since[unit] = h.displaced + 1
			r.list = append(r.list, ranked{unit: unit, value: v, threshold: r.threshold, displaced: true})
		}
	}
	slices.SortFunc(r.list[top:], f.compare)
	r.list = r.list[:min(len(r.list), top+r.k)]
	for i := top; i < len(r.list); i++ {
		r.list[i].rank = i + 1
		next = append(next, holding{f.column(r.list[i].unit), since[r.list[i].unit]})
	}
	r.held = next
}
