package main

import (
	"errors"
	"fmt"
	"runtime"
	"time"
)

// scraping is a way to read the processes of this host.
type scraping interface {
	name() string
	// scrape does so once, and returns the CPU time that it took and how many
	// processes it saw.
	scrape() (took time.Duration, processes int, err error)
	close() error
}

// The ways of one comparison, in order.
const (
	own = iota // one of ours
	hostmetrics
	loopInC
	keepingLoopInC
)

// begin starts them. There is one of our own at a time: each keeps as many
// files open as half of what a program may have.
func begin(first func() (scraping, error)) (all []scraping, err error) {
	for _, begin := range []func() (scraping, error){
		first,
		func() (scraping, error) { return newHostmetrics("", nil) },
		func() (scraping, error) { return newLoop(false) },
		func() (scraping, error) { return newLoop(true) },
	} {
		w, err := begin()
		if err != nil {
			return nil, errors.Join(err, closeAll(all))
		}
		all = append(all, w)
	}
	return all, nil
}

func closeAll(all []scraping) error {
	var errs []error
	for _, w := range all {
		errs = append(errs, w.close())
	}
	return errors.Join(errs...)
}

// ours are the ways of our own that are measured: all of the receiver, what it
// does to choose at the source, and what it does before it writes anything.
var ours = []struct {
	work    string
	begin   func() (scraping, error)
	targets bool // there are some
}{
	{"processmetrics", newReceiving, true},
	{"with selection", newSelecting, true},
	{"its reading alone", newReading, false},
}

// addScraping measures the process scraper beside that of hostmetrics and beside
// a loop in C that reads the same files, on real processes that sleep.
func addScraping(t *table, s scale) error {
	for _, processes := range s.scraped {
		if err := addCrowd(t, processes, s.scrapingRounds, processes == s.scrapedTarget); err != nil {
			return fmt.Errorf("%d processes: %w", processes, err)
		}
	}
	return nil
}

func addCrowd(t *table, processes, rounds int, targets bool) (err error) {
	crowd, err := newCrowd(processes, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, crowd.close()) }()
	for _, way := range ours {
		measured, err := scrapeCrowd(processes, rounds, way.begin)
		if err != nil {
			return err
		}
		measured.addTo(t, way.work, targets && way.targets)
	}
	return nil
}

// scraped has what a process cost in each way, a value each round.
type scraped struct {
	processes       int
	ns, allocations [][]float64 // by way; ns of CPU time, of all threads
}

// addTo adds the rows of one comparison.
func (c *scraped) addTo(t *table, work string, targets bool) {
	work = fmt.Sprintf("%s, %d processes", work, c.processes)
	us := func(way int) float64 { return median(c.ns[way]) / 1e3 }
	for _, peer := range []struct {
		name   string
		way    int
		target float64
	}{
		{"hostmetrics", hostmetrics, 1. / 10},
		{"loop in C", loopInC, 1.5},
		{"loop in C, files kept open", keepingLoopInC, none},
	} {
		t.add(row{
			work: work, figure: fmt.Sprintf("%.1f µs/process", us(own)), against: fmt.Sprintf("%s %.1f µs/process", peer.name, us(peer.way)),
			ratio: medianRatio(c.ns[own], c.ns[peer.way]), target: among(targets, peer.target),
		})
	}
	t.add(row{
		work: work, figure: fmt.Sprintf("%.1f allocations/process", median(c.allocations[own])), against: fmt.Sprintf("hostmetrics %.1f/process", median(c.allocations[hostmetrics])),
		ratio: medianRatio(c.allocations[own], c.allocations[hostmetrics]), target: among(targets, 1./20),
	})
}

// among is a target, if there are targets.
func among(targets bool, target float64) float64 {
	if targets {
		return target
	}
	return none
}

func medianRatio(a, b []float64) float64 {
	ratios := make([]float64, len(a))
	for i := range ratios {
		ratios[i] = a[i] / b[i]
	}
	return median(ratios)
}

// unmeasured is how many rounds pass first, since at first sight of a process
// there is more to read.
const unmeasured = 2

// scrapeCrowd has all ways read the same processes in turns, beginning with
// another one each round.
func scrapeCrowd(processes, rounds int, first func() (scraping, error)) (c *scraped, err error) {
	all, err := begin(first)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeAll(all)) }()
	c = &scraped{processes: processes, ns: make([][]float64, len(all)), allocations: make([][]float64, len(all))}
	for round := range unmeasured + rounds {
		for place := range all {
			way := (round + place) % len(all)
			if err := c.turn(way, all[way], round >= unmeasured); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// turn scrapes once and notes what it took, per process.
func (c *scraped) turn(way int, s scraping, measured bool) error {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	took, found, err := s.scrape()
	runtime.ReadMemStats(&after)
	if err != nil {
		return err
	}
	if found < c.processes {
		return fmt.Errorf("%s: %d processes found, there are at least %d", s.name(), found, c.processes)
	}
	if measured {
		c.ns[way] = append(c.ns[way], float64(took)/float64(found))
		c.allocations[way] = append(c.allocations[way], float64(after.Mallocs-before.Mallocs)/float64(found))
	}
	return nil
}
