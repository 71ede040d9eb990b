//go:build linux

package acceptance

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// critical are those processes of the profiles that are marked as such.
var critical = []string{"sshd", "consul", "vault"}

// entries makes them critical to a processor.
func entries() (list []any) {
	for _, name := range critical {
		list = append(list, map[string]any{
			"name":       name,
			"conditions": []any{`resource.attributes["process.executable.name"] == "` + name + `"`},
		})
	}
	return list
}

// AT-P03: process-topk-v1 under a host of two thousand processes.
func TestATP03TopkAmongTwoThousandProcesses(t *testing.T) {
	l := startLoad(t, "--profile", "high-cardinality", "--process-count", "2000", "--duration", "60s")
	l.awaitBirths(2000)
	c := startCollector(t, "process-topk-v1", map[string]any{"interval": 2, "critical": entries()})
	l.wait(90 * time.Second)
	c.stop()

	g := verify(t, l, c, "--min-cpu", "0.9", "--min-critical", "1", "--min-reduction", "0.95")
	figure(t, "series fewer", fmt.Sprintf("%.1f %%", 100*g.Series.Reduction), "≥ 50 %, aim ≥ 95 %")
	figure(t, "of the load's CPU named", fmt.Sprintf("%.1f %%", 100*g.CPU.NamedShare), "≥ 90 %")
	figure(t, "critical kept", fmt.Sprintf("%.1f %%", 100*g.criticalKept()), "100 %")
	require.GreaterOrEqual(t, g.Scrapes, 15)
	requireConserved(t, batches(t, c.all), batches(t, c.kept))
	figure(t, "totals conserved", "at each scrape", "at each scrape")
}

// AT-P02: process-priority-filter-v1 keeps what is critical by its name.
func TestATP02PrioritiesKeepCriticalProcesses(t *testing.T) {
	l := startLoad(t, "--profile", "high-cardinality", "--process-count", "500", "--duration", "20s")
	l.awaitBirths(500)
	c := startCollector(t, "process-priority-filter-v1", map[string]any{"interval": 2, "critical_names": critical})
	l.wait(time.Minute)
	c.stop()

	g := verify(t, l, c, "--min-critical", "1")
	figure(t, "critical kept", fmt.Sprintf("%.1f %%", 100*g.criticalKept()), "100 %")
	figure(t, "series fewer", fmt.Sprintf("%.1f %%", 100*g.Series.Reduction), "≥ 50 %")
	require.GreaterOrEqual(t, g.Series.Reduction, 0.5)
}

// process-aggregated-v1 makes a few groups of two thousand processes.
func TestAggregatedAmongTwoThousandProcesses(t *testing.T) {
	l := startLoad(t, "--profile", "high-cardinality", "--process-count", "2000", "--duration", "25s")
	l.awaitBirths(2000)
	c := startCollector(t, "process-aggregated-v1", map[string]any{"interval": 2, "critical": entries()})
	l.wait(time.Minute)
	c.stop()

	g := verify(t, l, c, "--min-critical", "1", "--min-reduction", "0.95")
	figure(t, "series in → out of groups", fmt.Sprintf("%.0f → %.0f", g.Series.In, g.Series.Out), "≥ 95 % fewer")
	figure(t, "critical kept", fmt.Sprintf("%.1f %%", 100*g.criticalKept()), "100 %")
	requireConserved(t, batches(t, c.all), batches(t, c.kept))
	figure(t, "totals conserved", "at each scrape", "at each scrape")
}

// The share of the CPU that no scrape can see: of processes that begin and end
// between two.
func TestChurnHidesCPUFromAnyScraper(t *testing.T) {
	l := startLoad(t, "--profile", "process-churn", "--churn-rate", "200", "--duration", "30s")
	c := startCollector(t, "process-topk-v1", map[string]any{"interval": 5})
	l.wait(time.Minute)
	c.stop()

	c.kept = c.all // what was scraped is what is graded
	g := verify(t, l, c)
	missed := 1 - g.CPU.NamedShare
	figure(t, "CPU that the scraper missed at 200 births/s", fmt.Sprintf("%.1f %%", 100*missed), "a figure, no limit")
	require.Greater(t, g.Processes.Alive, 200*20)
}
