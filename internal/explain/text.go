package explain

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// Text writes a report as a table, times in this location.
func (r Report) Text(w io.Writer, in *time.Location) error {
	if _, err := fmt.Fprintln(w, r.title()); err != nil {
		return err
	}
	if len(r.Decisions) == 0 {
		_, err := fmt.Fprintf(w, "No decision changed in the last %.0f hours: who asked for is kept or part of _other_ for longer, or is not there.\n",
			process.HistoryAge.Hours())
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "SINCE\tPID\tNAME\tIS\tRULE\tBY\tVALUE\tRANK\tTHRESHOLD") // Flush has the error
	for _, d := range r.Decisions {
		d.row(table, in)
	}
	return table.Flush()
}

func (r Report) title() string {
	host := r.Host
	if host == "" {
		host = "this host"
	}
	if r.Mode == "observe" {
		return fmt.Sprintf("%s on %s only observes: every process passes, and this is what enforce would do", r.Component, host)
	}
	return fmt.Sprintf("%s on %s", r.Component, host)
}

func (d Decision) row(w io.Writer, in *time.Location) {
	is, rank := "in _other_", "-"
	if d.Kept {
		is = "kept"
	}
	if d.Rank > 0 {
		rank = fmt.Sprint(d.Rank)
	}
	_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.Since.In(in).Format(time.DateTime), d.PID, d.Name, is,
		d.Rule, dash(d.Subject.String()), d.measured(d.Value), rank, d.measured(d.Threshold))
}

// measured leaves out the values of decisions that looked at none.
func (d Decision) measured(n Number) string {
	if d.Value == 0 && d.Threshold == 0 {
		return "-"
	}
	return n.String()
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
