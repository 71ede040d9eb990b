package adaptivefilter

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the plot and the table in the README anew")

// same tests that a file is what it should be, or makes it so.
func same(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
	}
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "%s is out of date; go test ./processor/adaptivefilter -run %s -update", file, t.Name())
}

// between returns the README with the text between two of its marks replaced.
func between(t *testing.T, mark, text string) string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	begin, end := "<!-- begin "+mark+" -->\n", "\n<!-- end "+mark+" -->"
	before, rest, ok := strings.Cut(string(readme), begin)
	require.True(t, ok, "README.md has no %q", begin)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok, "README.md has no %q", end)
	return before + begin + "\n" + text + "\n" + end + after
}

// Sizes of the plot, in pixels.
const (
	plotWidth   = 760
	panelHeight = 150
	panelLeft   = 90
	graphHeight = 100
	graphWidth  = plotWidth - panelLeft - 20
)

// plot draws a panel for each course: the load, the load at which the active
// level begins, and the series out as a share of those on an idle host.
func plot(all []course) string {
	var b strings.Builder
	height := panelHeight*len(all) + 40
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, height)
	fmt.Fprintf(&b, `<title>Load, active level and series out</title>`+"\n"+`<rect width="%d" height="%d" fill="#fff"/>`+"\n", plotWidth, height)
	for _, entry := range []struct {
		name, colour string
		x            int
	}{{"load", "#999", 90}, {"load where the active level begins", "#c33", 170}, {"series out, of max_series", "#27c", 430}} {
		fmt.Fprintf(&b, `<path d="M%d 16h20" stroke="%s" stroke-width="2"/><text x="%d" y="20">%s</text>`+"\n", entry.x, entry.colour, entry.x+26, entry.name)
	}
	for i, c := range all {
		fmt.Fprintf(&b, `<g transform="translate(%d %d)">`+"\n", panelLeft, 40+panelHeight*i)
		c.panel(&b)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (c *course) panel(b *strings.Builder) {
	fmt.Fprintf(b, `<text x="-80" y="55" font-weight="bold">%s</text>`+"\n", c.name)
	for i, label := range []string{"1", "0"} {
		y := graphHeight * i
		fmt.Fprintf(b, `<path d="M0 %dh%d" stroke="#ddd"/><text x="-8" y="%d" text-anchor="end">%s</text>`+"\n", y, graphWidth, y+4, label)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%d scrapes</text>`+"\n", graphWidth, graphHeight+16, len(c.loads))
	begins := createDefaultConfig().(*Config).Levels.loads()
	c.line(b, "#999", 1, func(i int) float64 { return c.loads[i] })
	c.line(b, "#27c", 1.5, func(i int) float64 { return float64(c.series[i]) / suiteCeiling })
	c.line(b, "#c33", 2, func(i int) float64 { return begins[c.levels[i]] })
}

// line draws a value by scrape as steps, at most one a pixel.
func (c *course) line(b *strings.Builder, colour string, width float64, of func(int) float64) {
	fmt.Fprintf(b, `<path fill="none" stroke="%s" stroke-width="%g" d="`, colour, width)
	n, last := len(c.loads), -1.0
	for px := range min(n, graphWidth) {
		i := px * n / min(n, graphWidth)
		x, y := px*graphWidth/min(n, graphWidth), float64(graphHeight)*(1-of(i))
		switch {
		case px == 0:
			fmt.Fprintf(b, "M%d %.0f", x, y)
		case y != last:
			fmt.Fprintf(b, "H%dV%.0f", x, y)
		}
		last = y
	}
	fmt.Fprintf(b, "H%d\"/>\n", graphWidth)
}
