package adaptivefilter

import (
	"slices"
	"time"
)

const (
	// medianOf is how many scrapes the load that raises the level is the median
	// of, so that one odd scrape raises nothing.
	medianOf = 3
	// leastDwell is how many scrapes a level stays at least.
	leastDwell = 6
	// release is the share of a level's load that the load must stay below for
	// the level to be left. With levels a factor of levelsApart from each other
	// no load that varies by 5 % around a constant raises and lowers the level.
	release     = 0.9
	levelsApart = 1.1
)

// controller says which level is active, scrape by scrape. Up it goes as soon
// as the load's median reaches a higher level, down only after the load stayed
// low for a while, either way straight to the level that is right.
type controller struct {
	steps  []float64 // load of each level, ascending, the first 0
	dwell  time.Duration
	active int

	recent []float64 // the latest loads, at most medianOf
	low    lull
}

// lull is how long the load has been below what holds the active level.
type lull struct {
	scrapes int
	since   int64   // time of the first of them
	highest float64 // load in it
}

func newController(steps []float64, dwell time.Duration) *controller {
	return &controller{steps: steps, dwell: dwell}
}

// follow goes on from where another controller was: on the highest level whose
// load the former one's reached. What was waited for counts if that is the same
// load.
func (c *controller) follow(former *controller) {
	at := former.steps[former.active]
	c.active = c.reached(at)
	c.recent = former.recent
	if c.steps[c.active] == at {
		c.low = former.low
	}
}

// step takes the load of a scrape, at a time in nanoseconds, and returns the
// level that is active from now on.
func (c *controller) step(now int64, load float64) int {
	c.recent = append(c.recent, load)
	c.recent = c.recent[max(0, len(c.recent)-medianOf):]
	c.watch(now, load)
	switch up := c.reached(c.median()); {
	case up > c.active:
		c.move(up)
	case c.low.scrapes >= leastDwell && now-c.low.since >= int64(c.dwell):
		c.move(c.holding(c.low.highest))
	}
	return c.active
}

// watch counts the scrapes whose load does not hold the active level. A clock
// that was set back begins the count anew.
func (c *controller) watch(now int64, load float64) {
	switch {
	case load >= release*c.steps[c.active]:
		c.low = lull{}
	case c.low.scrapes == 0 || now < c.low.since:
		c.low = lull{1, now, load}
	default:
		c.low.scrapes++
		c.low.highest = max(c.low.highest, load)
	}
}

// hold is the step of a scrape whose load nobody knows: the level stays, and
// the load did not stay low.
func (c *controller) hold() { c.low = lull{} }

// jump goes to a level at once, since the load is not to be known for long.
// What was measured before counts no more.
func (c *controller) jump(level int) {
	c.recent = nil
	c.move(level)
}

func (c *controller) move(level int) {
	c.active, c.low = level, lull{}
}

// median returns the median of the latest loads; 0 before there are enough.
func (c *controller) median() float64 {
	if len(c.recent) < medianOf {
		return 0
	}
	sorted := [medianOf]float64(c.recent)
	slices.Sort(sorted[:])
	return sorted[medianOf/2]
}

// reached returns the highest level whose load is reached.
func (c *controller) reached(load float64) int {
	level := len(c.steps) - 1
	for level > 0 && load < c.steps[level] {
		level--
	}
	return level
}

// holding returns the highest level that a load would hold.
func (c *controller) holding(load float64) int {
	level := len(c.steps) - 1
	for level > 0 && load < release*c.steps[level] {
		level--
	}
	return level
}
