package cli

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/phoenix-platform/phoenix/loadsim/grade"
)

// printReport prints a grade as tables.
func printReport(r *grade.Report, w io.Writer) error {
	fmt.Fprintf(w, "%s: %d scrapes in %s, one every %.3g s\n\n", r.Profile, r.Scrapes, r.To.Sub(r.From).Round(1e8), r.Interval)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	printSeen(t, r)
	printCPU(t, r)
	for _, c := range r.Critical {
		fmt.Fprintf(t, "critical %s\t%d of %d\tscrapes and processes\t%s\n", c.Name, c.Present, c.Expected, ratio(float64(c.Present), float64(c.Expected)))
	}
	if r.Series.In != nil {
		fmt.Fprintf(t, "series per scrape\t%.1f of %.1f\t\t%s fewer\n", r.Series.Out, *r.Series.In, ratio(*r.Series.In-r.Series.Out, *r.Series.In))
	} else {
		fmt.Fprintf(t, "series per scrape\t%.1f\t\t\n", r.Series.Out)
	}
	fmt.Fprintln(t, "\t\t\t\nNAME\tCPU, s\tNAMED, s\t")
	for _, n := range r.Names {
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%s\n", n.Name, n.Used, n.Named, ratio(n.Named, n.Used))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	for _, n := range r.Notes {
		fmt.Fprintln(w, "note:", n)
	}
	return nil
}

func printSeen(t io.Writer, r *grade.Report) {
	for _, row := range []struct {
		what string
		seen grade.Seen
	}{{"processes seen", r.Processes}, {"short-lived seen", r.ShortLived}} {
		fmt.Fprintf(t, "%s\t%d of %d\t%.2f s of CPU missed\t%s\n", row.what, row.seen.Seen, row.seen.Alive, row.seen.CPUMissed, ratio(float64(row.seen.Seen), float64(row.seen.Alive)))
	}
}

func printCPU(t io.Writer, r *grade.Report) {
	c := r.CPU
	fmt.Fprintf(t, "CPU by name\t%.2f of %.2f s\t%.2f s missed, %.2f s outside the scrapes\t%s\n", c.Named, c.Used, c.Missed, max(0, c.Total-c.Used), ratio(c.Named, c.Used))
	fmt.Fprintf(t, "CPU of the rest\t%.2f s\tof the whole host\t\n", c.Other)
}

// ratio writes a share.
func ratio(part, all float64) string {
	if all == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*part/all)
}
