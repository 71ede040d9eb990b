package validation

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/catalog"
	"github.com/phoenix-platform/phoenix/controlplane/validation"
	"github.com/phoenix-platform/phoenix/internal/ownership"
)

func strategy(template string) string {
	if strings.HasPrefix(template, "process-baseline") {
		return validation.Baseline
	}
	return ""
}

// Every template is good as it stands, and as an agent gets it.
func TestTemplates(t *testing.T) {
	for _, name := range catalog.Names() {
		t.Run(name, func(t *testing.T) {
			template, err := catalog.Lookup(name)
			require.NoError(t, err)
			config, err := template.Render(nil)
			require.NoError(t, err)
			o := validation.Options{Kind: validation.Template, Strategy: strategy(name)}
			got := validate(t, config, o)
			require.True(t, got.Collector, got.NotAsked)
			require.True(t, got.Valid, text(got.Findings))
			ok, said := accepts(t, config)
			require.True(t, ok, said)

			remote, err := ownership.Adopt(config)
			require.NoError(t, err)
			o.Agent = validation.AnyAgent()
			got = validate(t, remote, o)
			require.True(t, got.Collector, got.NotAsked)
			require.True(t, got.Valid, text(got.Findings))
		})
	}
}

// The factories are asked about what an agent would make of a configuration,
// too.
func TestWhatTheCollectorOfAnAgentRefuses(t *testing.T) {
	template, err := catalog.Lookup("process-topk-v1")
	require.NoError(t, err)
	remote, err := ownership.Adopt(template.Config)
	require.NoError(t, err)
	bad := strings.Replace(string(remote), "critical: []", `critical: [{name: web, conditions: ["not OTTL"]}]`, 1)
	got := validate(t, []byte(bad), validation.Options{Kind: validation.Template, Agent: validation.AnyAgent()})
	require.False(t, got.Valid)
	require.True(t, got.Collector, got.NotAsked)
	require.Contains(t, text(got.Findings), "processors::topk/phoenix::critical[0]::conditions[0]: the collector refuses it")
}
