package grade

import "fmt"

// series counts data points per scrape.
func (g *grading) series(scrapes []Scrape, baseline *Observation) {
	s := &g.report.Series
	s.Out = perScrape(scrapes)
	if baseline == nil {
		return
	}
	in := perScrape(baseline.Scrapes())
	s.In = &in
	if in > 0 {
		reduction := 1 - s.Out/in
		s.Reduction = &reduction
	}
}

func perScrape(scrapes []Scrape) float64 {
	total := 0
	for _, scrape := range scrapes {
		for _, s := range scrape.Samples {
			total += s.Series
		}
	}
	return float64(total) / float64(max(1, len(scrapes)))
}

// notes says what the numbers do not show.
func (g *grading) notes() {
	r := &g.report
	note := func(when bool, format string, args ...any) {
		if when {
			r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
		}
	}
	unended := 0
	for _, l := range g.truth.Lives {
		if l.Exit == nil {
			unended++
		}
	}
	note(g.truth.Summary == nil, "no summary: the run was cut off, or goes on")
	note(unended > 0, "%d processes have no exit in the truth: what CPU they used is not known and not graded", unended)
	note(g.truth.Failures > 0, "%d attempts of the load made no process", g.truth.Failures)
	note(g.untimed, "the endpoint gives its samples no times, so each reading counts as a scrape, and what is no longer sent looks kept for a while: set send_timestamps of the prometheus exporter")
	note(r.Scrapes < 2, "one scrape shows no differences: CPU cannot be attributed")
	note(r.CPU.Share != nil && *r.CPU.Share > 1, "more CPU has a name than lies between the scrapes: the load was uneven at the edges, or the metrics count twice")
	note(r.CPU.Excess > 0, "%.3f s of CPU were attributed beyond what the processes ever used: the metrics count twice", r.CPU.Excess)
}
