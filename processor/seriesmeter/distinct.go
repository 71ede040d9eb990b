package seriesmeter

import (
	"encoding/binary"
	"time"

	"github.com/axiomhq/hyperloglog"
)

// exactSeries is up to how many distinct series are counted exactly; above it
// HyperLogLog estimates them with a standard error of 0.8 %. An estimate goes
// on until it is below half of it.
const exactSeries = 200_000

// parts is into how many parts the window is cut: an estimate moves on by one
// of them, an exact count by a tenth of one.
const parts = 6

// covered is how much of an estimate an exact count must reach to take its
// place: the rest is what the estimate may be wrong by.
const covered = 0.98

// distinct counts the series that there were in a sliding window. The series
// of one process under one set of labels are counted as a unit. Parts of the
// window are numbered from the epoch.
type distinct struct {
	length int64 // of a part, nanoseconds
	now    int64
	sets   map[uint64]*seriesSet
	exact  int   // series in sets
	swept  int64 // when sets that left the window were forgotten

	estimating bool
	sketches   [parts]*hyperloglog.Sketch // one a part, at its number modulo parts
	newest     int64                      // number of the newest part
}

// seriesSet is the series of one process under one set of labels.
type seriesSet struct {
	hash     uint64
	n        int
	seen     int64
	sketched int64 // number of the newest part whose sketch has it; negative for none
	gone     bool  // it left the window
}

func newDistinct(window time.Duration) *distinct {
	return &distinct{length: int64(window) / parts, sets: map[uint64]*seriesSet{}}
}

// begin opens a scrape. One that has no time is as old as the one before.
func (d *distinct) begin(now int64) {
	if now <= 0 {
		now = d.now
	}
	if now < d.now {
		d.setBack(now)
	}
	d.now = now
	for number := now / d.length; d.newest < number; {
		d.newest = max(d.newest+1, number-parts+1)
		d.sketches[d.newest%parts] = nil
	}
	if now-d.swept >= d.length/10 {
		d.sweep()
	}
}

// setBack moves the window back with the clock: nothing in it becomes older or
// younger.
func (d *distinct) setBack(now int64) {
	back, newest := d.now-now, now/d.length
	var moved [parts]*hyperloglog.Sketch
	for age := range min(parts, newest+1, d.newest+1) {
		moved[(newest-age)%parts] = d.sketches[(d.newest-age)%parts]
	}
	for _, s := range d.sets {
		s.seen -= back
		s.sketched -= d.newest - newest
	}
	d.swept -= back
	d.sketches, d.newest = moved, newest
}

// sweep forgets the sets that left the window. Of a great many that are
// estimated only those of one part stay: the sketches remember the others.
func (d *distinct) sweep() {
	d.swept = d.now
	count := d.count()
	age := d.length * parts
	if d.estimating && count >= exactSeries/2 {
		age = d.length
	}
	for hash, s := range d.sets {
		if s.seen < d.now-age {
			d.exact -= s.n
			delete(d.sets, hash)
			s.gone = true
		}
	}
	if d.estimating && count < exactSeries/2 && float64(d.exact) >= covered*float64(count) {
		d.estimating, d.sketches = false, [parts]*hyperloglog.Sketch{}
	}
}

// set returns the set with this hash of labels.
func (d *distinct) set(hash uint64) *seriesSet {
	s := d.sets[hash]
	if s == nil {
		s = &seriesSet{hash: hash, seen: d.now, sketched: -1}
		d.sets[hash] = s
	}
	return s
}

// see notes that a set is in the scrape with n series.
func (d *distinct) see(s *seriesSet, n int) {
	if s.gone {
		s.gone, s.n = false, 0
		d.sets[s.hash] = s
	}
	s.seen = d.now
	if n > s.n {
		d.exact += n - s.n
		s.n = n
		s.sketched = -1
	}
	if d.exact > exactSeries && !d.estimating {
		d.estimate()
	}
	if d.estimating && s.sketched != d.newest {
		d.sketch(s)
	}
}

// estimate changes over to sketches.
func (d *distinct) estimate() {
	d.estimating = true
	for _, s := range d.sets {
		d.sketch(s)
	}
}

// sketch adds a set to the sketch of the part that it was last seen in.
func (d *distinct) sketch(s *seriesSet) {
	s.sketched = max(s.seen/d.length, d.newest-parts+1, 0)
	at := s.sketched % parts
	if d.sketches[at] == nil {
		d.sketches[at] = hyperloglog.New14()
	}
	var series [16]byte
	binary.LittleEndian.PutUint64(series[:], s.hash)
	for i := range s.n {
		binary.LittleEndian.PutUint64(series[8:], uint64(i))
		d.sketches[at].Insert(series[:])
	}
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
