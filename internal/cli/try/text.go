package try

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

// width is what every line fits into.
const width = 80

// doubleTolerance is up to which relative error totals of doubles are exact:
// what adding them up in another order may differ by.
const doubleTolerance = 1e-9

// textView prints a block of lines per scrape. Each block is one write, so that
// notes never come in between.
type textView struct {
	w     io.Writer
	style style
	opts  Options
	root  bool // runs as root
}

func (v *textView) begin(host, url string) error {
	_, err := fmt.Fprintf(v.w, "%s on %s, every %s; Ctrl-C ends it\n%s\n",
		v.style.title(v.opts.Template), printable(host), v.opts.Interval, v.style.quiet("Prometheus endpoint "+url))
	return err
}

func (v *textView) scrape(s *Scrape) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\n%s  %s\n", v.style.title(s.Time.Format(time.TimeOnly)), v.style.quiet(fmt.Sprintf("scrape %d", s.Number)))
	v.row(&b, "processes", v.processes(s))
	v.row(&b, "series", fmt.Sprintf("%s in, %s out, %s",
		thousands(s.Series.In), thousands(s.Series.Out), v.style.good(percent(s.Series.Reduction)+" fewer")))
	v.row(&b, "named", fmt.Sprintf("CPU %s, memory %s, disk I/O %s",
		share(s.Named.CPU), share(s.Named.Memory), share(s.Named.IO)))
	v.row(&b, "totals", v.totals(s.Conservation))
	v.row(&b, "critical", v.critical(s.Critical))
	v.row(&b, "unnamed", dropped(s.LargestDropped))
	v.row(&b, "unread", v.unread(s))
	v.row(&b, "collector", fmt.Sprintf("%s cores, %s, %.1f ms in its processors",
		cores(s.Collector.CPU), size(float64(s.Collector.Resident)), float64(s.Collector.Took.Microseconds())/1000))
	if s.Number > 1 {
		v.row(&b, "joined", list(s.Joined, func(r Reason) string { return r.process() }))
		v.row(&b, "left", list(s.Left, func(r Reason) string { return r.process() + " " + r.departure() }))
	}
	v.table(&b, s)
	_, err := v.w.Write(b.Bytes())
	return err
}

// row prints a labelled line, if there is anything to say.
func (v *textView) row(b *bytes.Buffer, label, text string) {
	if text != "" {
		fmt.Fprintf(b, "%s %s\n", v.style.quiet(fmt.Sprintf("%-10s", label)), text)
	}
}

func (v *textView) processes(s *Scrape) string {
	p := s.Processes
	text := fmt.Sprintf("%s in, %s kept", thousands(p.In), thousands(p.Kept))
	if p.Groups > 0 {
		text += fmt.Sprintf(", %s in %s groups", thousands(p.Grouped), thousands(p.Groups))
	}
	if p.Other > 0 {
		text += fmt.Sprintf(", %s in _other_", thousands(p.Other))
	}
	if p.Dropped > 0 {
		text += fmt.Sprintf(", %s dropped", thousands(p.Dropped))
	}
	if !s.complete() {
		text += v.style.alarm(fmt.Sprintf(", only %s at the endpoint so far", thousands(p.Shown)))
	}
	return text
}

func (v *textView) totals(c Conservation) string {
	if c.Integers < 0 || c.Doubles < 0 { // unknown: more series than a meter remembers
		return "integers off by –, doubles by –"
	}
	text := fmt.Sprintf("integers off by %s, doubles by %s", thousands(int(c.Integers)), relative(c.Doubles))
	if c.Integers != 0 || c.Doubles > doubleTolerance {
		return v.style.alarm(text)
	}
	return text
}

func (v *textView) critical(entries []scraperecord.Critical) string {
	states := map[string]string{
		scraperecord.StateKept: "kept", scraperecord.StateDropped: v.style.alarm("dropped"),
		scraperecord.StateNotRunning: "not running", scraperecord.StateNeverSeen: "never seen",
	}
	parts := make([]string, len(entries))
	for i, e := range entries {
		parts[i] = printable(e.Name) + " " + states[e.State]
		if e.Processes > 1 {
			parts[i] += fmt.Sprintf(" (%s)", thousands(e.Processes))
		}
	}
	return strings.Join(parts, ", ")
}

func dropped(d *Dropped) string {
	if d == nil {
		return ""
	}
	return fmt.Sprintf("largest is %s (%d) with %s cores", short(d.Name), d.PID, cores(d.CPU))
}

func (v *textView) unread(s *Scrape) string {
	n := s.Processes.WithoutIO
	if n == 0 {
		return ""
	}
	text := "disk I/O of " + count(n, "process")
	if !v.root {
		text += "; of other users' only root can read it"
	}
	return text
}

// table prints the kept processes that use the most.
func (v *textView) table(b *bytes.Buffer, s *Scrape) {
	const layout = "%7s  %-15s  %5s  %8s  %8s  %s"
	shown := s.Kept[:min(len(s.Kept), v.opts.Top)]
	if len(shown) == 0 {
		return
	}
	fmt.Fprintln(b, v.style.quiet(fmt.Sprintf(layout, "PID", "PROCESS", "CPU", "MEMORY", "I/O /S", "KEPT FOR")))
	for _, k := range shown {
		cpu, io := "–", "–"
		if k.CPU != nil {
			cpu = cores(*k.CPU)
		}
		if k.IO != nil {
			io = size(*k.IO)
		}
		line := fmt.Sprintf(layout, fmt.Sprint(k.PID), short(k.Name), cpu, size(k.Memory), io, k.Why.claim())
		fmt.Fprintln(b, strings.TrimRight(cut(line, width), " "))
	}
	if more := len(s.Kept) - len(shown); more > 0 {
		fmt.Fprintln(b, v.style.quiet(fmt.Sprintf("%7s  and %s more", "", thousands(more))))
	}
}

func (v *textView) end(t *summary) error {
	if t.Scrapes == 0 {
		return nil
	}
	var b bytes.Buffer
	n := float64(t.Scrapes)
	fmt.Fprintf(&b, "\n%s\n", v.style.title(fmt.Sprintf("%s in %s", count(t.Scrapes, "scrape"), time.Since(t.Begun).Round(time.Second))))
	v.row(&b, "series", fmt.Sprintf("%s in, %s out on average, %s", thousands(round(float64(t.in)/n)), thousands(round(float64(t.out)/n)),
		v.style.good(percent(1-float64(t.out)/max(float64(t.in), 1))+" fewer")))
	v.row(&b, "totals", v.totals(t.worst))
	v.row(&b, "collector", fmt.Sprintf("%s cores on average, %s at most", cores(t.average), size(float64(t.resident))))
	_, err := v.w.Write(b.Bytes())
	return err
}

// process names the process of a reason.
func (r Reason) process() string { return fmt.Sprintf("%s (%d)", short(r.Name), r.PID) }

// claim says why a process is kept: its value when it joined, and the least
// that was needed.
func (r *Reason) claim() string {
	switch {
	case r == nil:
		return "–"
	case r.Rule == "critical":
		return "critical " + printable(r.Subject)
	}
	value := func(v float64) string {
		switch r.Subject {
		case "cpu":
			return cores(v)
		case "memory", "disk_io":
			return size(v)
		}
		return fmt.Sprintf("%.3g", v)
	}
	text := strings.Replace(printable(r.Subject), "disk_io", "I/O", 1) + " " + value(r.Value)
	if r.Threshold > 0 {
		text += " ≥ " + value(r.Threshold)
	}
	return text
}

// departure says why a process is no longer kept.
func (r Reason) departure() string {
	switch r.Rule {
	case "below_rank":
		return "outranked"
	case "max_series":
		return "over the ceiling"
	}
	return strings.ReplaceAll(r.Rule, "_", " ")
}
