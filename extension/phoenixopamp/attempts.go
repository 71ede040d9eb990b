package phoenixopamp

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/phoenix-platform/phoenix/internal/hostagent"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// Remote is the life of remote configurations, as the page shows it. The
// attempts have a page of their own.
type Remote struct{ hostagent.Status }

// remoteStatus is nil if no remote configurations are taken.
func (e *Extension) remoteStatus() *Remote {
	if e.remote == nil {
		return nil
	}
	s := e.remote.Status()
	s.Attempts = nil
	return &Remote{s}
}

// sources say in words why a configuration runs.
var sources = map[remoteconfig.Source]string{
	remoteconfig.Candidate: "on trial",
	remoteconfig.Confirmed: "confirmed, not yet settled",
	remoteconfig.LastGood:  "the last good one",
	remoteconfig.Previous:  "the last good one before",
	remoteconfig.Bootstrap: "the agent file's own",
	remoteconfig.SafeMode:  "safe mode, since nothing else runs",
}

func (r *Remote) rows(row func(string, any)) {
	if r == nil {
		return
	}
	runs := strings.TrimSpace(r.Runs.Hash.Short() + " " + sources[r.Runs.Source])
	if r.ReloadDue {
		runs += ", after a reload that is due"
	}
	row("runs", runs)
	phase := string(r.Phase)
	if !r.Since.IsZero() {
		phase += " since " + when(r.Since)
	}
	row("phase", phase)
	if r.Candidate != "" {
		row("candidate", r.Candidate.Short())
	}
	if r.Generation > 0 {
		row("generation", r.Generation)
	}
	for _, b := range r.Blocked {
		row("blocked "+b.Hash.Short(), when(b.At)+" "+inOneLine(b.Cause.Error()))
	}
	if !r.RevealUntil.IsZero() {
		row("everything revealed", "until "+when(r.RevealUntil))
	}
	for _, p := range r.Problems {
		row("problem", inOneLine(p))
	}
	row("agent file", r.AgentFile)
}

// tries are the attempts to run a remote configuration, the latest first.
type tries struct {
	Attempts []remoteconfig.Attempt `json:"attempts"`
}

func (e *Extension) tries() tries {
	all := []remoteconfig.Attempt{}
	if e.remote != nil {
		all = append(all, e.remote.Status().Attempts...)
	}
	slices.Reverse(all)
	return tries{all}
}

func (t tries) text(w io.Writer) {
	if len(t.Attempts) == 0 {
		fmt.Fprintln(w, "No remote configuration was ever tried here.")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ATTEMPT\tCONFIGURATION\tOFFERED\tREACHED\tENDED\tOUTCOME\tCAUSE\tREASON")
	for _, a := range t.Attempts {
		outcome := string(a.Outcome)
		if outcome == "" {
			outcome = "goes on"
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			a.ID, a.Hash.Short(), when(a.Offered), a.Reached(), whenever(a.Ended), outcome, inOneLine(causeOf(a)), inOneLine(a.Reason))
	}
	table.Flush()
}

func causeOf(a remoteconfig.Attempt) string {
	if a.Cause.Code == "" {
		return "-"
	}
	return a.Cause.Error()
}

// inOneLine keeps a text, which somebody else wrote, in its cell.
func inOneLine(text string) string {
	return strings.NewReplacer("\n", "; ", "\t", " ").Replace(text)
}

func whenever(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return when(t)
}
