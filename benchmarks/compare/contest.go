package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
)

// churn is the part of the processes that end and begin from scrape to scrape.
const churn = 0.002

// warmUp is how many scrapes pass before any is measured: the first ones show
// lifetimes.
const warmUp = 3

// subject is one piece of work on a scrape.
type subject interface {
	// work does it on a batch of its own, and returns how long it took.
	work(md pmetric.Metrics) (time.Duration, error)
	// check is an error if the latest result is wrong.
	check(h *scrapes.Host) error
	close() error
}

// contest lets subjects do their work on the same scrapes, in turns.
type contest struct {
	host     *scrapes.Host
	subjects []subject
	took     [][]float64 // by subject: nanoseconds per point, a value each round
}

func newContest(processes int, subjects ...subject) *contest {
	return &contest{
		host:     scrapes.NewHost(scrapes.Settings{Processes: processes, Churn: churn}),
		subjects: subjects, took: make([][]float64, len(subjects)),
	}
}

// run measures a number of rounds, each on the next scrape, each beginning
// with another subject. Every result that is measured is checked.
func (c *contest) run(rounds int) (err error) {
	defer func() { err = errors.Join(err, c.close()) }()
	for round := range warmUp + rounds {
		md := c.host.Next()
		for place := range c.subjects {
			i := (round + place) % len(c.subjects)
			took, err := turn(c.subjects[i], md)
			if err != nil {
				return err
			}
			if round < warmUp {
				continue
			}
			c.took[i] = append(c.took[i], float64(took)/float64(c.host.Points()))
			if err := c.subjects[i].check(c.host); err != nil {
				return err
			}
		}
	}
	return nil
}

// turn gives a subject a copy, since some change what they are given: each
// finds its batch in memory in the same way, and no collection under way.
func turn(s subject, md pmetric.Metrics) (time.Duration, error) {
	own := pmetric.NewMetrics()
	md.CopyTo(own)
	runtime.GC()
	return s.work(own)
}

func (c *contest) close() error {
	var errs []error
	for _, s := range c.subjects {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}

// median returns a subject's nanoseconds per point.
func (c *contest) median(i int) float64 { return median(c.took[i]) }

// ratio returns the median of what subject i took for each unit of what j took
// in the same round.
func (c *contest) ratio(i, j int) float64 {
	ratios := make([]float64, len(c.took[i]))
	for round := range ratios {
		ratios[round] = c.took[i][round] / c.took[j][round]
	}
	return median(ratios)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// timed returns how long f takes.
func timed(name string, f func() error) (time.Duration, error) {
	before := now()
	err := f()
	took := now() - before
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return took, nil
}
