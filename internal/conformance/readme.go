package conformance

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Text returns a file of the component's folder.
func Text(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

// row is a row of a README's table of keys: key, type, default, meaning.
var row = regexp.MustCompile("(?m)^\\| `([a-z_.\\[\\]]+)` \\| (?:string|integer|number|boolean|duration|list|list of strings|map of strings) \\| (?:`([^`]*)`)? ?\\| .+ \\|$")

// KeyTable returns the README's table of keys: the default of each.
func KeyTable(t *testing.T) map[string]string {
	t.Helper()
	defaults := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(Text(t, "README.md"), -1) {
		defaults[m[1]] = m[2]
	}
	require.NotEmpty(t, defaults)
	return defaults
}

// READMEHasEveryMetric tests that each of the component's own metrics has a row
// in its README.
func READMEHasEveryMetric(t *testing.T) {
	t.Helper()
	metrics := regexp.MustCompile(`(?m)^### (otelcol_\w+)`).FindAllStringSubmatch(Text(t, "documentation.md"), -1)
	require.NotEmpty(t, metrics)
	for _, m := range metrics {
		require.Contains(t, Text(t, "README.md"), "| `"+m[1]+"` |")
	}
}
