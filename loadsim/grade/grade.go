package grade

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim/truth"
)

// mostNames is how many names a report has.
const mostNames = 10

// Grade compares an observation with the truth. baseline is what was observed
// without a filter, for the reduction of series; it may be nil.
func Grade(t *truth.Truth, o, baseline *Observation) (*Report, error) {
	scrapes := o.Scrapes()
	if len(scrapes) == 0 {
		return nil, errors.New("the metrics have no process in them: is the process scraper on, and did the collector run while the load did?")
	}
	g := newGrading(t, o, scrapes)
	if !g.overlaps() {
		return nil, fmt.Errorf("the metrics are from %s to %s, and no process of the load lived then; is this the truth of that run?",
			g.report.From.Format(time.RFC3339), g.report.To.Format(time.RFC3339))
	}
	g.attribute(o)
	for _, life := range t.Lives {
		g.life(life)
	}
	g.critical(scrapes)
	g.series(scrapes, baseline)
	g.finish()
	return &g.report, nil
}

// grading is a report that is being made.
type grading struct {
	truth    *truth.Truth
	untimed  bool // of the observation
	lives    lives
	interval time.Duration
	named    map[*truth.Life]*account
	names    map[string]*Name
	report   Report
}

func newGrading(t *truth.Truth, o *Observation, scrapes []Scrape) *grading {
	from, to := scrapes[0].First, scrapes[len(scrapes)-1].Last
	g := &grading{
		truth: t, untimed: o.untimed, lives: newLives(t, to), interval: o.Interval(),
		named: map[*truth.Life]*account{}, names: map[string]*Name{},
	}
	g.report = Report{
		Profile: t.Run.Profile, From: from, To: to, Scrapes: len(scrapes), Interval: g.interval.Seconds(),
		Critical: []Critical{}, Names: []Name{}, Notes: []string{},
	}
	return g
}

func (g *grading) overlaps() bool {
	return slices.ContainsFunc(g.truth.Lives, func(l *truth.Life) bool { return g.within(l) > 0 || g.momentary(l) })
}

// within is the part of a life that lies in the observation, from 0 to 1.
func (g *grading) within(l *truth.Life) float64 {
	end := g.lives.end(l)
	all := end.Sub(l.Born())
	part := earlier(end, g.report.To).Sub(later(l.Born(), g.report.From))
	if all <= 0 || part <= 0 {
		return 0
	}
	return float64(part) / float64(all)
}

// momentary reports whether a life met an observation of one moment only.
func (g *grading) momentary(l *truth.Life) bool {
	return g.report.Scrapes == 1 && !l.Born().After(g.report.To) && !g.lives.end(l).Before(g.report.From)
}

// life counts one process.
func (g *grading) life(l *truth.Life) {
	g.report.CPU.Total += l.CPU()
	part, seen := g.within(l), g.named[l]
	if part == 0 && seen == nil && !g.momentary(l) {
		return
	}
	used := l.CPU() * part
	g.report.Processes.count(used, seen != nil)
	if life := g.lives.end(l).Sub(l.Born()); l.Exit != nil && life < g.interval {
		g.report.ShortLived.count(used, seen != nil)
	}
	g.cpu(l, used)
}

// cpu counts what one process used, and what of it has its name.
func (g *grading) cpu(l *truth.Life, used float64) {
	if l.Exit == nil {
		return // what it used is not known
	}
	n := g.names[l.Name]
	if n == nil {
		n = &Name{Name: l.Name}
		g.names[l.Name] = n
	}
	n.Used += used
	g.report.CPU.Used += used
	if a := g.named[l]; a != nil {
		named, excess := a.bounded(l.CPU())
		n.Named += named
		g.report.CPU.Named += named
		g.report.CPU.Excess += excess
	}
}

func (s *Seen) count(used float64, seen bool) {
	s.Alive++
	s.CPU += used
	if seen {
		s.Seen++
		return
	}
	s.Missed++
	s.CPUMissed += used
}

// finish works out what follows from the rest.
func (g *grading) finish() {
	r := &g.report
	r.CPU.Missed = max(0, r.CPU.Used-r.CPU.Named)
	if r.CPU.Used > 0 {
		share := r.CPU.Named / r.CPU.Used
		r.CPU.Share = &share
	}
	for _, n := range g.names {
		r.Names = append(r.Names, *n)
	}
	slices.SortFunc(r.Names, func(a, b Name) int { return cmp.Or(cmp.Compare(b.Used, a.Used), cmp.Compare(a.Name, b.Name)) })
	r.Names = r.Names[:min(len(r.Names), mostNames)]
	g.notes()
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
