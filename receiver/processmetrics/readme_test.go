package processmetrics

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/conformance"
)

func TestTheREADMEHasEveryMetric(t *testing.T) { conformance.READMEHasEveryMetric(t) }

// The README has every key with its default, but for those of metrics and
// resource attributes, which documentation.md has.
func TestTheREADMEHasEveryKeyAndItsDefault(t *testing.T) {
	conf := confmap.New()
	require.NoError(t, conf.Marshal(createDefaultConfig()))
	want := map[string]any{}
	for _, key := range conf.AllKeys() {
		if strings.HasPrefix(key, "selection::") { // sections of other components' keys, absent by default
			require.Contains(t, conformance.Text(t, "README.md"), "| `"+strings.ReplaceAll(key, confmap.KeyDelimiter, ".")+"` | section | | ")
			continue
		}
		if !strings.HasPrefix(key, "metrics::") && !strings.HasPrefix(key, "resource_attributes::") {
			want[strings.ReplaceAll(key, confmap.KeyDelimiter, ".")] = written(t, conf.Get(key))
		}
	}
	got := map[string]any{}
	for key, text := range conformance.KeyTable(t) {
		got[key] = text
	}
	require.Equal(t, want, got)
}

// written returns a value as one writes it in a configuration.
func written(t *testing.T, value any) string {
	t.Helper()
	if list, ok := value.([]any); ok && len(list) == 0 || value == nil {
		return "[]"
	}
	text, err := yaml.Marshal(value)
	require.NoError(t, err)
	return strings.Replace(strings.TrimSpace(string(text)), "m0s", "m", 1)
}
