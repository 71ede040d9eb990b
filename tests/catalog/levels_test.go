package catalog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Parameters of process-adaptive-filter-v1 under which the recording is a load
// of each level.
var levels = []struct {
	name   string
	params map[string]any
}{
	{"calm", map[string]any{"processes_low": 200, "processes_high": 2000}},
	{"busy", map[string]any{"processes_low": 0, "processes_high": 1000}},
	{"almost full", map[string]any{"processes_low": 0, "processes_high": 720}},
}

// levelSettles is how many scrapes pass before the level is that of the load:
// three for which the CPU of a host that is elsewhere is waited for, and three
// whose median counts.
const levelSettles = 8

// levelFigures says what the levels keep of the recording, and fails unless a
// higher one keeps less.
func levelFigures(t *testing.T) string {
	t.Helper()
	tpl, scrapes := lookup(t, "process-adaptive-filter-v1"), recordedScrapes(t)
	last := boundaries(t, scrapes)
	var b strings.Builder
	b.WriteString("\nThe recorded host counts as calm. These are its later scrapes when as many processes as it has are a greater load:\n\n" +
		"| level | named processes | series |\n| --- | ---: | ---: |\n")
	before := 1e9
	for _, l := range levels {
		a := accountOf(t, byScrape(t, run(t, tpl, l.params, scrapes), last))
		a.scrapes = a.scrapes[levelSettles:]
		require.Less(t, a.mean(active), before, "%s keeps less than the level below", l.name)
		before = a.mean(active)
		fmt.Fprintf(&b, "| %s | %.0f | %.0f |\n", l.name, a.mean(processes), a.mean(active))
	}
	return b.String()
}
