package try

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"charm.land/lipgloss/v2"
	"golang.org/x/term"
)

// view shows a session.
type view interface {
	begin(host, url string) error
	scrape(*Scrape) error
	end(*summary) error
}

func newView(o Options, stdout, stderr io.Writer) view {
	if o.JSON {
		return &jsonView{out: json.NewEncoder(stdout), text: textView{w: stderr, style: plain, opts: o}}
	}
	style := plain
	if colours(stdout) {
		style = coloured
	}
	return &textView{w: stdout, style: style, opts: o, root: os.Geteuid() == 0}
}

// colours reports whether a writer is a terminal that is to have colours.
func colours(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// style is how parts of the text look.
type style struct {
	title, quiet, good, alarm func(...string) string
}

var (
	plain    = style{title: asItIs, quiet: asItIs, good: asItIs, alarm: asItIs}
	coloured = style{
		title: lipgloss.NewStyle().Bold(true).Render,
		quiet: lipgloss.NewStyle().Faint(true).Render,
		good:  lipgloss.NewStyle().Foreground(lipgloss.Green).Render,
		alarm: lipgloss.NewStyle().Bold(true).Foreground(lipgloss.Red).Render,
	}
)

func asItIs(text ...string) string { return strings.Join(text, " ") }

// jsonView prints an object per scrape; the rest goes to stderr.
type jsonView struct {
	out  *json.Encoder
	text textView
}

func (v *jsonView) begin(host, url string) error { return v.text.begin(host, url) }

func (v *jsonView) scrape(s *Scrape) error {
	if err := v.out.Encode(s); err != nil {
		return fmt.Errorf("print the scrape: %w", err)
	}
	return nil
}

func (v *jsonView) end(t *summary) error { return v.text.end(t) }
