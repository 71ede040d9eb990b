package ownership_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/ownership"
)

// change replaces text in a configuration and compares what comes of it.
func change(t *testing.T, remote []byte, replacements ...string) ownership.Change {
	t.Helper()
	next := strings.NewReplacer(replacements...).Replace(string(remote))
	return ownership.Live(compose(t, remote).Config, compose(t, []byte(next)).Config)
}

func TestChangesOfNumbersAreLive(t *testing.T) {
	for name, c := range map[string]struct {
		template     string
		replacements []string
		ids          []string
	}{
		"k":                         {"process-topk-v1", []string{"k: 20", "k: 30"}, []string{"topk/phoenix"}},
		"min":                       {"process-topk-v1", []string{"min: 0.005", "min: 0.1"}, []string{"topk/phoenix"}},
		"max_series":                {"process-topk-v1", []string{"max_series: 2000", "max_series: 10"}, []string{"topk/phoenix"}},
		"mode":                      {"process-topk-v1", []string{"mode: enforce", "mode: observe"}, []string{"topk/phoenix"}},
		"critical, with the meters": {"process-topk-v1", []string{"critical: []", `critical: [{name: a, conditions: ["true"]}]`}, []string{"topk/phoenix", "seriesmeter/phoenix_guard_input-process", "seriesmeter/phoenix_guard_output-process"}},
		"levels":                    {"process-adaptive-filter-v1", []string{"load: 0.6", "load: 0.5"}, []string{"adaptivefilter/phoenix"}},
		"mode of groups":            {"process-aggregated-v1", []string{"mode: enforce", "mode: observe"}, []string{"processgroup/phoenix"}},
	} {
		t.Run(name, func(t *testing.T) {
			c2 := change(t, good(t)[c.template], c.replacements...)
			require.True(t, c2.IsLive())
			var ids []string
			for _, s := range c2.Settings {
				ids = append(ids, s.ID)
			}
			require.Equal(t, c.ids, ids)
			require.Equal(t, []string{"metrics/phoenix-process"}, c2.Changed)
		})
	}
}

func TestOtherChangesRestart(t *testing.T) {
	for name, replacements := range map[string][]string{
		"the metric of a rank":   {"metric: cpu", "metric: disk_io"},
		"one rank less":          {"      - metric: memory\n        k: 20\n", ""},
		"half_life":              {"half_life: 30s", "half_life: 20s"},
		"k and half_life":        {"half_life: 30s", "half_life: 20s", "k: 20", "k: 30"},
		"the interval":           {"collection_interval: 10s", "collection_interval: 20s"},
		"the memory limit":       {"limit_mib: 400", "limit_mib: 300"},
		"another exporter":       {"exporters: [otlphttp/destination]", "exporters: [debug]"},
		"another name":           {"topk/phoenix", "topk/phoenix-2"},
		"the name of a pipeline": {"metrics/phoenix-process", "metrics/phoenix-other"},
	} {
		t.Run(name, func(t *testing.T) {
			c := change(t, good(t)["process-topk-v1"], replacements...)
			require.False(t, c.IsLive())
			require.Empty(t, c.Settings)
			require.Contains(t, c.Changed, "metrics/phoenix-process")
			require.Subset(t, c.Restarts, []string{"metrics", "metrics/phoenix-process", "traces"}, "a collector restarts as a whole")
		})
	}
}

func TestNoChangeIsLiveAndEmpty(t *testing.T) {
	for _, remote := range good(t) {
		require.Equal(t, ownership.Change{}, normal(change(t, remote)))
	}
}

// normal makes empty lists nil.
func normal(c ownership.Change) ownership.Change {
	if len(c.Changed) == 0 {
		c.Changed = nil
	}
	return c
}

// Components get their settings without the collector, which would undouble $.
func TestLiveSettingsAreAsTheComponentReadsThem(t *testing.T) {
	c := change(t, good(t)["processes_to_a_destination.yaml"], "max_processes: 10", "max_processes: 11")
	require.Len(t, c.Settings, 3)
	topk := c.Settings[0]
	require.Equal(t, "topk/phoenix", topk.ID)
	require.Equal(t, []any{map[string]any{
		"name": "nginx", "conditions": []any{`IsMatch(resource.attributes["process.executable.name"], "^nginx$")`}, "max_processes": 11,
	}}, topk.Config["critical"])
}
