package catalog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/phoenix-platform/phoenix/catalog"
)

// The catalog's README lists the templates, and what each of them makes of the
// same recording.
func TestTheIndex(t *testing.T) {
	compareSection(t, templates+"README.md", "index", indexText(t)+"\n"+measuredText(t))
}

func indexText(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| Template | Strategy | Use it when |\n| --- | --- | --- |\n")
	each(t, func(_ *testing.T, tpl *catalog.Template) {
		fmt.Fprintf(&b, "| [%s](%[1]s/README.md) | %s | %s |\n", tpl.Name, tpl.Description, tpl.When)
	})
	return b.String()
}

func measuredText(t *testing.T) string {
	t.Helper()
	unfiltered := outcomeOf(t, baseline)
	truth := used(t, recordedScrapes(t))
	var b strings.Builder
	b.WriteString("| Template | processes | series | saved | bytes | CPU by name | memory by name | totals | critical kept |\n" +
		"| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: |\n")
	each(t, func(t *testing.T, tpl *catalog.Template) {
		o := outcomeOf(t, tpl.Name)
		fmt.Fprintf(&b, "| %s | %.0f | %.0f | %s | %.0f | %s | %s | %s | %s |\n", tpl.Name,
			o.mean(processes), o.mean(active), share(unfiltered.mean(active)-o.mean(active), unfiltered.mean(active)), o.mean(bytes),
			o.cpuShare(truth), o.memoryShare(unfiltered), o.totals(unfiltered), criticalShare(t, tpl))
	})
	return b.String() + fmt.Sprintf(`
Means of the %d scrapes of the recorded host, with the default parameters: named
processes or groups, series with those of %s, bytes of a scrape as OTLP
before compression. By name: what a backend finds under a name by the
differences of samples, of what the host used; what a process used before its
first sample nobody finds, so it is less than all in the baseline too. Totals are
kept if what comes out adds up to what came in. Critical: the %s
processes, idle as they are, in a run that keeps as little as possible besides.
`, len(unfiltered.scrapes), "`"+otherName+"`", "`nginx`")
}

// totals says whether names and _other_ add up to the memory of the host.
func (o *outcome) totals(unfiltered *outcome) string {
	if o.all[memoryMetric] == unfiltered.all[memoryMetric] {
		return "kept"
	}
	return "lost"
}

func criticalShare(t *testing.T, tpl *catalog.Template) string {
	t.Helper()
	running, kept, _ := criticalKept(t, tpl)
	return share(float64(kept), float64(running))
}
