package grade

import (
	"cmp"
	"slices"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim/truth"
)

// critical counts at which scrapes the critical processes were that lived then.
func (g *grading) critical(scrapes []Scrape) {
	present := g.present(scrapes)
	byName := map[string]*Critical{}
	for _, l := range g.truth.Lives {
		if !l.Critical {
			continue
		}
		c := byName[l.Name]
		if c == nil {
			c = &Critical{Name: l.Name}
			byName[l.Name] = c
		}
		c.Processes++
		for i := range scrapes {
			if g.livedThrough(l, &scrapes[i]) {
				c.Expected++
				if present[i][l] {
					c.Present++
				}
			}
		}
	}
	for _, c := range byName {
		g.report.Critical = append(g.report.Critical, *c)
	}
	slices.SortFunc(g.report.Critical, func(a, b Critical) int { return cmp.Compare(a.Name, b.Name) })
}

// present is which lives have a sample at each scrape.
func (g *grading) present(scrapes []Scrape) []map[*truth.Life]bool {
	all := make([]map[*truth.Life]bool, len(scrapes))
	for i := range scrapes {
		all[i] = map[*truth.Life]bool{}
		for j := range scrapes[i].Samples {
			if l := g.lives.find(&scrapes[i].Samples[j]); l != nil {
				all[i][l] = true
			}
		}
	}
	return all
}

// livedThrough reports whether a scrape had to meet a process: it lived a while
// before and after, since the times of a scrape's samples do not say when the
// processes were listed.
func (g *grading) livedThrough(l *truth.Life, s *Scrape) bool {
	margin := time.Second
	if g.interval > 0 {
		margin = min(margin, g.interval/2)
	}
	end := g.lives.end(l)
	if l.Exit != nil {
		end = end.Add(-margin)
	}
	return !l.Born().After(s.First.Add(-margin)) && !end.Before(s.Last)
}
