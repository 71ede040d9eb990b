package profile

import (
	"errors"
	"fmt"
	"time"
)

// Bounds of a file, so that a slip is an error and not a day's wait.
const (
	maxCount    = 100_000
	maxRate     = 10_000
	maxArgs     = 64
	maxText     = 4096 // bytes of a template
	maxDepth    = 16   // generations
	maxPatterns = 10_000
	maxFamily   = 10_000 // processes of one birth
	minRate     = 1e-5   // births a second: about one a day
	maxTime     = Duration(365 * 24 * time.Hour)
)

// validate reports every problem, each with where it is.
func (f *File) validate() error {
	c := checks{}
	c.check(len(f.Patterns) > 0, "patterns", "is empty; give at least one")
	c.check(len(f.Patterns) <= maxPatterns, "patterns", "has %d; at most %d are possible", len(f.Patterns), maxPatterns)
	c.time("duration", f.Duration)
	for i := range f.Patterns {
		c.pattern(fmt.Sprintf("patterns[%d]", i), &f.Patterns[i])
	}
	return errors.Join(c.errs...)
}

// checks collects problems.
type checks struct{ errs []error }

func (c *checks) check(ok bool, place, format string, args ...any) {
	if !ok {
		c.errs = append(c.errs, fmt.Errorf("%s: %s", place, fmt.Sprintf(format, args...)))
	}
}

func (c *checks) time(place string, d Duration) {
	c.check(d >= 0, place, "%s; give 0 or more", d)
	c.check(d <= maxTime, place, "%s; at most %s is possible", d, maxTime)
}

func (c *checks) pattern(at string, p *Pattern) {
	c.kind(at, &p.Kind, 1)
	c.check(family(p.Children) <= maxFamily, at+".children", "make families of %.0f processes; at most %d are possible", family(p.Children), maxFamily)
	c.check(p.Count >= 0 && p.Count <= maxCount, at+".count", "%d; give 1 to %d", p.Count, maxCount)
	c.check(p.Rate == 0 || (p.Rate >= minRate && p.Rate <= maxRate), at+".rate", "%v; give %v to %d births a second", p.Rate, minRate, maxRate)
	c.time(at+".start", p.Start)
	c.time(at+".ramp", p.Ramp)
	c.time(at+".every", p.Every)
	given := 0
	for _, set := range []bool{p.Ramp != 0, p.Every != 0, p.Rate != 0} {
		if set {
			given++
		}
	}
	c.check(given <= 1, at, "has more than one of ramp, every and rate; keep one")
	c.check(p.Every == 0 || p.Count > 0, at+".count", "is missing; with every it says how many there are, or use rate")
	c.restart(at, p)
}

// family is a process and all its descendants.
func family(children []Child) float64 {
	n := 1.0
	for i := range children {
		n += float64(max(1, children[i].Count)) * family(children[i].Children)
	}
	return n
}

func (c *checks) restart(at string, p *Pattern) {
	if p.Restart == nil {
		return
	}
	c.time(at+".restart", *p.Restart)
	c.check(p.Lifetime.Max > 0, at+".restart", "needs a lifetime; give lifetime.max, or leave restart out")
	shortest := time.Duration(p.Lifetime.Min)
	if shortest == 0 {
		shortest = time.Duration(p.Lifetime.Max)
	}
	c.check(p.Lifetime.Max == 0 || shortest >= 10*time.Millisecond-time.Duration(*p.Restart), at+".restart",
		"a process would be born again more than 100 times a second; give a longer lifetime")
}
