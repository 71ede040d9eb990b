package main

import (
	"errors"
	"fmt"
	"math"

	"github.com/phoenix-platform/phoenix/benchmarks/work"
)

// smallRounds is how many rounds a small host gets for each of a middle one:
// they are short, so a disturbance is a larger part of them.
const smallRounds = 4

// addRatios measures what takes time.
func addRatios(t *table, s scale) error {
	small, err := walkAndThin(s.small, smallRounds*s.rounds)
	if err != nil {
		return err
	}
	middle, err := everything(s.middle, s.rounds)
	if err != nil {
		return err
	}
	large, err := walkAndThin(s.large, s.largeRounds)
	if err != nil {
		return err
	}
	at := fmt.Sprintf("topk, %d processes", s.middle)
	t.against(middle, at, topk, "CopyTo", copyTo, 0.15)
	t.against(middle, at, topk, "filter by data point", filterPoints, 0.5)
	t.against(middle, at, topk, "filter by resource", filterResources, none)
	t.against(middle, at, topk, "cumulativetodelta", differences, none)
	t.against(middle, at, topk, "walk", walk, 3)
	t.against(small, fmt.Sprintf("topk, %d processes", s.small), topk, "walk", walk, none)
	t.against(large, fmt.Sprintf("topk, %d processes", s.large), topk, "walk", walk, none)
	before, after := small.ratio(topk, walk), large.ratio(topk, walk)
	t.add(row{
		work: "topk / walk, growth", figure: fmt.Sprintf("%.2f at %d processes", after, s.large),
		against: fmt.Sprintf("%.2f at %d processes", before, s.small), ratio: after / before, target: 1.5,
	})
	t.absolute(fmt.Sprintf("both meters, %d processes", s.middle), "%.1f ns/point", middle.median(meters), 40)
	return nil
}

// The subjects of a contest, in order; the short ones have the first two.
const (
	walk = iota
	topk
	copyTo
	filterPoints
	filterResources
	differences
	meters
)

func walkAndThin(processes, rounds int) (*contest, error) {
	t, err := newThinning()
	if err != nil {
		return nil, err
	}
	c := newContest(processes, &walking{}, t)
	return c, c.run(rounds)
}

func everything(processes, rounds int) (*contest, error) {
	t, errTopk := newThinning()
	points, errPoints := newFilteringPoints()
	resources, errResources := newFilteringResources()
	deltas, errDeltas := newDifferencing()
	m, errMeters := newMetering()
	if err := errors.Join(errTopk, errPoints, errResources, errDeltas, errMeters); err != nil {
		return nil, err
	}
	c := newContest(processes, &walking{}, t, &copying{}, points, resources, deltas, m)
	return c, c.run(rounds)
}

func (t *table) against(c *contest, work string, i int, peer string, j int, target float64) {
	t.add(row{
		work: work, figure: fmt.Sprintf("%.1f ns/point", c.median(i)),
		against: fmt.Sprintf("%s %.1f ns/point", peer, c.median(j)),
		ratio:   c.ratio(i, j), target: target,
	})
}

// absolute adds a figure that has no peer: the target is for itself.
func (t *table) absolute(work, format string, value, target float64) {
	t.add(row{work: work, figure: fmt.Sprintf(format, value), against: "-", ratio: value, target: target})
}

// addMemory measures what topk allocates and what it keeps.
func addMemory(t *table, s scale) error {
	a, err := work.Allocated(s.small, s.middle)
	if err != nil {
		return err
	}
	state, err := work.State(s.middle)
	if err != nil {
		return err
	}
	// Less than one allocation in a thousand points is none: the runtime makes
	// some of its own.
	perDropped := math.Trunc(a.PerDropped*1e3) / 1e3
	t.absolute("topk, allocations", "%.3f per dropped point", perDropped, 0)
	t.absolute("topk, allocations", "%.2f per emitted point", a.PerEmitted, 8)
	t.absolute(fmt.Sprintf("topk, state, %d processes", s.middle), "%.0f B per process", state, 200)
	return nil
}

// counted is over how many scrapes the bytes sent are summed.
const counted = 10

// addBytes measures what the otlphttp exporter would send.
func addBytes(t *table, s scale) error {
	unfiltered, thinned, err := work.Sizes(s.sent, counted)
	if err != nil {
		return err
	}
	at := fmt.Sprintf("bytes sent, %d processes", s.sent)
	for _, c := range []struct {
		encoding            string
		thinned, unfiltered int
	}{{"protobuf", thinned.Protobuf, unfiltered.Protobuf}, {"gzip", thinned.Gzip, unfiltered.Gzip}} {
		t.add(row{
			work: at + ", " + c.encoding, figure: fmt.Sprintf("%d per scrape", c.thinned/counted),
			against: fmt.Sprintf("unfiltered %d per scrape", c.unfiltered/counted),
			ratio:   float64(c.thinned) / float64(c.unfiltered), target: 1.0 / 50,
		})
	}
	return nil
}
