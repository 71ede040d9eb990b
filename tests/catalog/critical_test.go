package catalog

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/catalog"
)

// strictly are the parameters that keep what the conditions of one entry, or
// the names, say, and as little else as a template can.
var strictly = map[string]func(entry map[string]any, names []string) map[string]any{
	baseline: func(map[string]any, []string) map[string]any { return nil },
	"process-topk-v1": func(entry map[string]any, _ []string) map[string]any {
		return map[string]any{"k": 1, "max_series": 1, "critical": []any{entry}}
	},
	"process-adaptive-filter-v1": func(entry map[string]any, _ []string) map[string]any {
		return map[string]any{"max_series": 1, "critical": []any{entry}}
	},
	"process-aggregated-v1": func(entry map[string]any, _ []string) map[string]any {
		return map[string]any{"critical": []any{entry}}
	},
	"process-priority-filter-v1": func(_ map[string]any, names []string) map[string]any {
		return map[string]any{"critical_names": names, "high_names": []any{}, "high_owners": []any{}}
	},
}

var criticalEntryOfWeb = map[string]any{
	"name":       "web",
	"conditions": []string{`IsMatch(resource.attributes["process.executable.name"], "^nginx")`},
}

// What is critical is there in every scrape in which it runs, idle as it is,
// though nothing else need be.
func TestWhatIsCriticalIsKept(t *testing.T) {
	each(t, func(t *testing.T, tpl *catalog.Template) {
		running, kept, others := criticalKept(t, tpl)
		require.NotZero(t, running)
		require.Equal(t, running, kept)
		if tpl.Name != baseline {
			require.Zero(t, others, "processes that keep their names beside the critical ones")
		}
	})
}

// criticalKept counts, over all scrapes, the critical processes that run, those
// of them that come out, and the others that do.
func criticalKept(t *testing.T, tpl *catalog.Template) (running, kept, others int) {
	t.Helper()
	scrapes := recordedScrapes(t)
	last := boundaries(t, scrapes)
	in := accountOf(t, byScrape(t, scrapes, last))
	params := strictly[tpl.Name](criticalEntryOfWeb, webNames(scrapes))
	got := accountOf(t, byScrape(t, run(t, tpl, params, scrapes), last))
	for i, s := range in.scrapes {
		for _, name := range s.names {
			web, out := strings.HasPrefix(name, "nginx"), slices.Contains(got.scrapes[i].names, name)
			switch {
			case web && out:
				running, kept = running+1, kept+1
			case web:
				running++
			case out:
				others++
			}
		}
	}
	return running, kept, others
}

// webNames are the names of the critical processes.
func webNames(scrapes []pmetric.Metrics) (names []string) {
	for _, md := range scrapes {
		for _, rm := range md.ResourceMetrics().All() {
			if name, _ := rm.Resource().Attributes().Get("process.executable.name"); strings.HasPrefix(name.Str(), "nginx") {
				names = append(names, name.Str())
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
