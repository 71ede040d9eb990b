package adaptivefilter

import (
	"fmt"
	"math"

	"github.com/phoenix-platform/phoenix/internal/problems"
)

// Validate reports every problem of the level.
func (l Level) Validate() error {
	var p problems.List
	p.Check(l.Load >= 0 && l.Load <= 1, "load: must be between 0 and 1, got %v; 0.8 is a host of which a fifth is left", l.Load)
	none := true
	for _, g := range gauges {
		if v := g.of(l); v != nil {
			none = false
			p.Check(*v >= 0 && *v <= math.MaxFloat64/g.unit, "%s: must be a number that is not negative, got %v; drop the key to not look at it", g.key, *v)
		}
	}
	p.Check(!none, "cpu_cores: is left out and so are memory_mib and disk_io_mib, nothing would be kept; give one of them, 0 keeps whatever has the metric")
	return p.Err()
}

// checkOrder notes what is wrong with the levels among each other.
func (l Levels) checkOrder(p *problems.List, busy WhenBusy, priorities Priorities) {
	p.Check(len(l) > 0, "levels: is empty, nothing would be kept; drop the key to use the default, or give one level of load 0")
	p.Check(len(l) <= maxLevels, "levels: has %d entries, at most %d are possible; remove some", len(l), maxLevels)
	for i, level := range l {
		known := level.MinPriority == "" || priorities.index(level.MinPriority) >= 0
		p.Check(known, "levels::%d::min_priority: %q is none of priorities; give the name of one, or drop the key to keep any", i, level.MinPriority)
		if i == 0 {
			p.Check(!(level.Load > 0), "levels::0::load: must be 0, got %v: the first level is that of a host without load", level.Load)
			continue
		}
		l[i-1].checkNext(p, i, level)
		l[i-1].checkDirection(p, i, level, busy, priorities)
	}
}

// maxLevels is more than the factor between two leaves room for, from 1 % on.
const maxLevels = 50

// rounding is what decimal fractions may be off by.
const rounding = 1e-9

// checkNext notes loads that are not in order, or too close to be told apart.
func (l Level) checkNext(p *problems.List, i int, next Level) {
	p.Check(next.Load > l.Load, "levels::%d::load: must be above that of the level before, which is %v, got %v; sort the levels by load", i, l.Load, next.Load)
	p.Check(!(next.Load > l.Load) || next.Load >= levelsApart*l.Load-rounding,
		"levels::%d::load: %v is closer than a factor of %v to that of the level before, noise would move between them; use at least %.4g",
		i, next.Load, levelsApart, math.Ceil(levelsApart*l.Load*1e4-rounding)/1e4)
}

// checkDirection notes a threshold that changes in the direction which
// when_busy does not allow.
func (l Level) checkDirection(p *problems.List, i int, next Level, busy WhenBusy, priorities Priorities) {
	wrong := func(before, now float64) bool {
		return (busy == Fewer && now < before) || (busy == More && now > before)
	}
	verb, other := "fall", More
	if busy == More {
		verb, other = "rise", Fewer
	}
	for _, g := range gauges {
		before, now := g.least(l), g.least(next)
		p.Check(!wrong(before, now), "levels::%d::%s: may not %s as the load rises, from %s to %s; change it, or set when_busy: %s",
			i, g.key, verb, threshold(before), threshold(now), other)
	}
	before, now := priorities.least(l), priorities.least(next)
	p.Check(!wrong(-float64(before), -float64(now)), "levels::%d::min_priority: may not %s as the load rises, from %s to %s; change it, or set when_busy: %s",
		i, verb, priorities.name(before), priorities.name(now), other)
}

// threshold is how a message calls one.
func threshold(v float64) string {
	if math.IsInf(v, 1) {
		return "left out"
	}
	return fmt.Sprint(v)
}
