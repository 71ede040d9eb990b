package seriesmeter

import (
	"time"

	"github.com/axiomhq/hyperloglog"
)

// exactSeries is up to how many distinct series are counted exactly; above it
// HyperLogLog estimates them with a standard error of 0.8 %.
const exactSeries = 200_000

// parts is into how many parts the window is cut: it moves on by one of them.
const parts = 6

// distinct counts the series that there were in a sliding window. The series
// of one process under one set of labels are counted as a unit.
type distinct struct {
	part  int64 // length of a slice, nanoseconds
	now   int64
	sets  map[uint64]*seriesSet
	exact int // series in sets

	estimating bool
	sketches   [parts]*hyperloglog.Sketch
	newest     int64 // number of the newest slice
	swept      int64
}

// seriesSet is the series of one process under one set of labels.
type seriesSet struct {
	hash uint64
	n    int
	seen int64
	part int64 // number of the slice whose sketch has it
	gone bool  // it left the window
}

func newDistinct(window time.Duration) *distinct {
	return &distinct{part: int64(window) / parts, sets: map[uint64]*seriesSet{}}
}

// begin opens a scrape. Sets that left the window are forgotten whenever it
// has moved on by a tenth of a slice.
func (d *distinct) begin(now int64) {
	d.now = now
	for d.newest < now/d.part {
		d.newest = max(d.newest+1, now/d.part-parts+1)
		d.sketches[d.newest%parts] = nil
	}
	if now-d.swept < d.part/10 {
		return
	}
	d.swept = now
	age := d.part * parts
	if d.estimating {
		age = d.part // the sketches remember the older ones
	}
	for hash, s := range d.sets {
		if s.seen < now-age {
			d.exact -= s.n
			delete(d.sets, hash)
			s.gone = true
		}
	}
	if d.estimating && d.exact < exactSeries/2 && d.count() < exactSeries/2 {
		d.estimating = false
	}
}

// set returns the set with this hash of labels.
func (d *distinct) set(hash uint64) *seriesSet {
	s := d.sets[hash]
	if s == nil {
		s = &seriesSet{hash: hash, seen: d.now}
		d.sets[hash] = s
	}
	return s
}

// see notes that the set is in a scrape with n series.
func (s *seriesSet) see(now int64, n int, d *distinct) {
	if s.gone {
		s.gone, s.n = false, 0
		d.sets[s.hash] = s
	}
	s.seen = now
	if n > s.n {
		d.exact += n - s.n
		s.n = n
		s.part = 0
	}
	if d.exact > exactSeries && !d.estimating {
		d.estimate()
	}
	if d.estimating && s.part != d.newest {
		d.insert(s)
	}
}

// estimate changes over to sketches.
func (d *distinct) estimate() {
	d.estimating = true
	for _, s := range d.sets {
		d.insert(s)
	}
}

func (d *distinct) insert(s *seriesSet) {
	s.part = d.newest
	at := d.newest % parts
	if d.sketches[at] == nil {
		d.sketches[at] = hyperloglog.New14()
	}
	h := s.hash
	for range s.n {
		h += 0x9e3779b97f4a7c15 // splitmix64's increment: a series' own hash
		d.sketches[at].InsertHash(mix(h))
	}
}

func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// count returns how many series there were in the window.
func (d *distinct) count() int {
	if !d.estimating {
		return d.exact
	}
	all := hyperloglog.New14()
	for _, s := range d.sketches {
		if s != nil {
			_ = all.Merge(s) // sketches of one precision always merge
		}
	}
	return int(all.Estimate())
}
