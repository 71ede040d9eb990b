//go:build linux

package e2e

import "math"

// consumer counts as a backend does: it keeps the last sample of every series
// for ever, and counts the difference to it, or the value itself if that is
// smaller, and nothing for a first sample.
type consumer struct {
	last    map[string]float64
	counted map[string]float64 // by series, over all processes
}

func newConsumer() *consumer {
	return &consumer{last: map[string]float64{}, counted: map[string]float64{}}
}

func (c *consumer) take(all []point) {
	for i := range all {
		p := &all[i]
		if !p.counter {
			continue
		}
		key := p.resource + p.series
		last, known := c.last[key]
		switch {
		case !known:
		case p.value >= last:
			c.counted[p.series] += p.value - last
		default:
			c.counted[p.series] += p.value
		}
		c.last[key] = p.value
	}
}

// usage is what processes used, as the input says: the truth that a consumer
// of the output has to come to.
type usage struct {
	processes map[int64]*user
	scrapes   int
	earliest  int64              // timestamp of the previous scrape
	grown     map[string]float64 // by series: between two samples of a process
	born      map[string]float64 // by series: first samples of processes that began since the previous scrape
	integer   map[string]bool    // by series: its values are integers
}

// user is one process.
type user struct {
	start  int64
	name   string
	seen   int // the scrape
	values map[string]float64
}

func newUsage() *usage {
	return &usage{
		processes: map[int64]*user{},
		grown:     map[string]float64{}, born: map[string]float64{}, integer: map[string]bool{},
	}
}

// total is what was used in a series since the first scrape.
func (u *usage) total(series string) float64 { return u.grown[series] + u.born[series] }

// totals is total of every series.
func (u *usage) totals() map[string]float64 {
	all := map[string]float64{}
	for series := range u.integer {
		all[series] = u.total(series)
	}
	return all
}

func (u *usage) take(all []point) {
	u.scrapes++
	earliest := int64(math.MaxInt64)
	for first := 0; first < len(all); {
		next := first + 1
		for next < len(all) && all[next].pid == all[first].pid {
			next++
		}
		u.takeProcess(counters(all[first:next]))
		earliest = min(earliest, all[first].at)
		first = next
	}
	u.earliest = earliest
	for pid, p := range u.processes {
		if u.scrapes-p.seen >= 3 {
			delete(u.processes, pid)
		}
	}
}

func counters(all []point) (found []point) {
	for _, p := range all {
		if p.counter {
			found = append(found, p)
		}
	}
	return found
}

// bornTolerance is how early a process may claim to have begun and still be
// one that began since the scrape before: the kernel's boot time, on which
// creation times rest, is in whole seconds.
const bornTolerance = int64(2e9)

func (u *usage) takeProcess(all []point) {
	if len(all) == 0 {
		return
	}
	pid, start := all[0].pid, all[0].start
	known := u.processes[pid]
	if known != nil && known.start != start && (known.name != all[0].name || known.fell(all)) {
		known = nil // the PID is another process's now
	}
	if known == nil {
		known = &user{start: start, name: all[0].name, values: map[string]float64{}}
		u.processes[pid] = known
		u.first(all, u.scrapes > 1 && start >= u.earliest-bornTolerance)
	}
	known.seen, known.name = u.scrapes, all[0].name
	for i := range all {
		u.grow(known, &all[i])
	}
}

func (p *user) fell(all []point) bool {
	for i := range all {
		if v, ok := p.values[all[i].series]; ok && all[i].value < v {
			return true
		}
	}
	return false
}

func (u *usage) first(all []point, born bool) {
	for i := range all {
		u.integer[all[i].series] = all[i].integer
		if born {
			u.born[all[i].series] += all[i].value
		}
	}
}

func (u *usage) grow(of *user, p *point) {
	series := p.series
	last, known := of.values[series]
	switch {
	case !known || p.value >= last:
		if known {
			u.grown[series] += p.value - last
		}
		of.values[series] = p.value
	case last-p.value > 0.01*last:
		u.grown[series] += p.value // it began anew
		of.values[series] = p.value
	}
}

// since subtracts an earlier state of the same sums.
func since(now, then map[string]float64) map[string]float64 {
	grown := map[string]float64{}
	for series, v := range now {
		grown[series] = v - then[series]
	}
	return grown
}

// worst compares sums, and returns the largest difference of integers and the
// largest one of doubles in relation to the sum, or to 1 if that is more.
func (u *usage) worst(got, want map[string]float64) (integers, doubles float64) {
	for series, v := range want {
		off := math.Abs(got[series] - v)
		if u.integer[series] {
			integers = math.Max(integers, off)
		} else {
			doubles = math.Max(doubles, off/math.Max(1, math.Abs(v)))
		}
	}
	return integers, doubles
}
