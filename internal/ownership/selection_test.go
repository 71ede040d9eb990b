package ownership_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/ownership"
)

// selecting is a remote configuration that chooses where processes are read.
const selecting = `
receivers:
  processmetrics/phoenix:
    selection:
      topk: {rank_by: [{metric: cpu, k: 20}], critical: [{name: a, conditions: ["true"]}], half_life: 30s}
service:
  pipelines:
    metrics/phoenix-selected: {receivers: [processmetrics/phoenix], exporters: [otlphttp/destination]}
`

// Behind a selection only those that are kept are seen.
func TestTheInputMeterOfASelectionIsWithinTheReceiver(t *testing.T) {
	config := compose(t, []byte(selecting)).Config
	critical := []any{map[string]any{"name": "a", "conditions": []any{"true"}}}
	require.Equal(t, map[string]any{"variant": "phoenix-selected", "role": "input", "critical": critical},
		at(t, config, "receivers", "processmetrics/phoenix", "selection", "meter"))
	require.Equal(t, []any{"memory_limiter/phoenix_guard", "seriesmeter/phoenix_guard_output-selected"},
		at(t, config, "service", "pipelines", "metrics/phoenix-selected", "processors"))
	require.Equal(t, critical, at(t, config, "processors", "seriesmeter/phoenix_guard_output-selected", "critical"))
}

func TestASelectionChangesLive(t *testing.T) {
	for name, replacements := range map[string][]string{
		"k":        {"k: 20", "k: 30"},
		"mode":     {"half_life: 30s", "half_life: 30s, mode: observe"},
		"critical": {"name: a", "name: b"},
	} {
		t.Run(name, func(t *testing.T) {
			c := change(t, []byte(selecting), replacements...)
			require.True(t, c.IsLive())
			require.Equal(t, "processmetrics/phoenix", c.Settings[0].ID)
			require.Equal(t, []string{"metrics/phoenix-selected"}, c.Changed)
		})
	}
}

func TestOtherChangesOfAReceiverRestart(t *testing.T) {
	for name, replacements := range map[string][]string{
		"half_life":          {"half_life: 30s", "half_life: 20s"},
		"the interval":       {"processmetrics/phoenix:\n", "processmetrics/phoenix:\n    collection_interval: 20s\n"},
		"no selection":       {"topk: {rank_by: [{metric: cpu, k: 20}], critical: [{name: a, conditions: [\"true\"]}], half_life: 30s}", "meter: {window: 5m}"},
		"the meter's window": {"half_life: 30s}", "half_life: 30s}\n      meter: {window: 5m}"},
	} {
		t.Run(name, func(t *testing.T) { require.False(t, change(t, []byte(selecting), replacements...).IsLive()) })
	}
}

// The owner's are never changed from afar, and hold what only the collector
// expands.
func TestChangesOfTheOwnersRestart(t *testing.T) {
	config := func(k int) map[string]any {
		return map[string]any{"processors": map[string]any{"topk": map[string]any{"max_series": k, "mode": "${env:MODE}"}}, "service": map[string]any{
			"pipelines": map[string]any{"metrics": map[string]any{"processors": []any{"topk"}}},
		}}
	}
	require.False(t, ownership.Live(config(1), config(2)).IsLive())
}
