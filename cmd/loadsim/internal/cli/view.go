package cli

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// plainEvery is how often a line is printed where it cannot be written over.
const plainEvery = 10 * time.Second

// view shows a run: one line that changes on a terminal, plain lines elsewhere.
type view struct {
	plan    loadsim.Plan
	w       io.Writer // of the lines
	live    bool      // lines are written over
	summary bool      // is printed as text
	printed time.Duration
	first   error // of the failures
}

func newView(p loadsim.Plan, stdout, stderr io.Writer, json bool) *view {
	v := &view{plan: p, w: stdout, summary: !json}
	if json {
		v.w = stderr
	}
	v.live = terminal(v.w)
	return v
}

// terminal reports whether a writer is a terminal that may be drawn on.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

func (v *view) begin(l loadsim.Limits) {
	fmt.Fprintf(v.w, "%s, seed %d, for %s; at most %d processes, %s, %.4g cores; Ctrl-C ends it\n",
		v.plan.Profile, v.plan.Seed, v.plan.Duration, l.Processes, loadsim.Size(l.Memory), l.CPU)
}

// Born, Exited and Failed are in the next Progress.
func (v *view) Born(loadsim.Life) {}

// Exited is in the next Progress.
func (v *view) Exited(loadsim.Life) {}

// Failed shows the first failure; how many there were is in every line.
func (v *view) Failed(l loadsim.Life, err error) {
	if v.first == nil {
		v.first = err
		v.note(fmt.Sprintf("process %d (%s) could not be made: %v", l.Process.ID, l.Process.Path, err))
	}
}

// Progress prints the state of the run.
func (v *view) Progress(p loadsim.Progress) {
	line := fmt.Sprintf("%4d processes, %6.1f births/s, CPU %.3f of %.3f cores, %s left",
		p.Active, p.BirthRate, p.CPUAchieved, p.CPUAsked, p.Left.Round(time.Second))
	if p.Failed > 0 {
		line += fmt.Sprintf(", %d failed", p.Failed)
	}
	switch {
	case v.live:
		fmt.Fprintf(v.w, "\r\x1b[K%s", line)
	case p.Elapsed-v.printed >= plainEvery-time.Second/2:
		v.printed = p.Elapsed
		fmt.Fprintln(v.w, line)
	}
}

// note prints a line of its own.
func (v *view) note(text string) {
	if v.live {
		text = "\r\x1b[K" + text
	}
	fmt.Fprintln(v.w, text)
}

// end prints what was asked for and what came of it.
func (v *view) end(s loadsim.Summary) {
	if v.live {
		fmt.Fprint(v.w, "\r\x1b[K")
	}
	if !v.summary || s.Took == 0 {
		return
	}
	t := tabwriter.NewWriter(v.w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s\tasked\tachieved\n", s.Took.Round(time.Second/10))
	fmt.Fprintf(t, "processes\t%.0f\t%.0f\n", s.Processes.Asked, s.Processes.Achieved)
	fmt.Fprintf(t, "births per second\t%.2f\t%.2f\n", s.BirthRate.Asked, s.BirthRate.Achieved)
	fmt.Fprintf(t, "CPU, core-seconds\t%.2f\t%.2f\n", s.CPU.Asked, s.CPU.Achieved)
	fmt.Fprintf(t, "CPU within a tenth\t%d\t%d\n", s.Judged, s.Judged-s.Off)
	_ = t.Flush() // who does not read the summary needs no error
	fmt.Fprintf(v.w, "%d at once at most; the latest birth was %s late; %d attempts failed, %d were made again\n",
		s.Peak, s.Late.Round(time.Millisecond), s.Failed, s.Retried)
}
