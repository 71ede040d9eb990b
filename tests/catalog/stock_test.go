package catalog

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// The baseline is what a host costs without Phoenix, so the stock collector
// must take it: it uses nothing that is not in the stock list, and the
// components of that list are the same modules in both.
func TestTheBaselineNeedsStockComponentsOnly(t *testing.T) {
	requireStockComponents(t, "process-baseline-v1", 4)
}

// Priorities are for those who have the stock collector only.
func TestThePriorityFilterNeedsStockComponentsOnly(t *testing.T) {
	requireStockComponents(t, "process-priority-filter-v1", 6)
}

// requireStockComponents fails unless all components of a template, of which
// there are want, are in the stock list.
func requireStockComponents(t *testing.T, template string, want int) {
	t.Helper()
	raw, err := os.ReadFile("../manifest/testdata/otelcol-v0.160.yaml")
	require.NoError(t, err)
	var stock map[string]map[string][]string // by kind and module, the types
	require.NoError(t, yaml.Unmarshal(raw, &stock))
	var config map[string]yaml.Node
	require.NoError(t, yaml.Unmarshal(lookup(t, template).Config, &config))

	used := 0
	for kind, components := range stock {
		var ids map[string]yaml.Node
		node := config[kind]
		require.NoError(t, node.Decode(&ids))
		delete(config, kind)
		for id := range ids {
			typ, _, _ := strings.Cut(id, "/")
			require.True(t, has(components, typ), "%s %s is not in the stock otelcol", kind, id)
			used++
		}
	}
	require.Equal(t, want, used)
	delete(config, "service")
	require.Empty(t, config, "parts of the configuration that were not looked at")
}

func has(components map[string][]string, typ string) bool {
	for _, types := range components {
		for _, known := range types {
			if known == typ {
				return true
			}
		}
	}
	return false
}
