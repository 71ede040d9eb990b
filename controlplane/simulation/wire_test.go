package simulation

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const config = `
receivers:
  processmetrics: {}
  hostmetrics: {scrapers: {cpu: {}}}
processors:
  memory_limiter: {check_interval: 1s, limit_mib: 100}
  topk:
    critical: [{name: a, conditions: ["IsMatch(x, \"^$$\") or x == \"${env:HOME} ${file:/etc/passwd}\""]}]
  seriesmeter: {role: output, records: {endpoint: "http://169.254.169.254"}}
exporters: {file: {path: /tmp/x}}
extensions: {pprof: {}}
service:
  extensions: [pprof]
  pipelines:
    metrics/process: {receivers: [processmetrics], processors: [memory_limiter, topk, seriesmeter], exporters: [file]}
    metrics/system: {receivers: [hostmetrics], exporters: [file]}
`

// Nothing of a configuration is run but its processors, and they reach nobody.
func TestOnlyProcessorsAreRun(t *testing.T) {
	wired, way, err := wire([]byte(config), "127.0.0.1:1", "http://127.0.0.1:2")
	require.NoError(t, err)
	require.Equal(t, []string{"memory_limiter", "topk", "seriesmeter"}, way)
	for _, gone := range []string{"processmetrics", "hostmetrics", "pprof", "file:\n", "/tmp/x", "169.254"} {
		require.NotContains(t, string(wired), gone)
	}
	var got struct {
		Processors struct {
			Topk struct {
				Critical []struct{ Conditions []string }
			}
		}
		Service struct{ Pipelines map[string]any }
	}
	require.NoError(t, yaml.Unmarshal(wired, &got))
	require.Equal(t, `IsMatch(x, "^$$") or x == "$${env:HOME} $${file:/etc/passwd}"`, got.Processors.Topk.Critical[0].Conditions[0])
	require.Equal(t, map[string]any{"metrics/simulation": map[string]any{
		"receivers": []any{receiver}, "processors": []any{"memory_limiter", "topk", "seriesmeter"}, "exporters": []any{exporter},
	}}, got.Service.Pipelines)
}

func TestWhatCannotBeSimulated(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"not YAML":                {"receivers:", "receivers: [", "it is not YAML"},
		"no processes":            {"processmetrics", "otlp", "no pipeline reads processes"},
		"two":                     {"{cpu: {}}", "{process: {}}", "metrics/process and metrics/system read processes; give one of them at a time"},
		"processor is not there":  {"memory_limiter, topk,", "memory_limiter, topk, batch,", `the processor "batch" is not configured`},
		"processor that may read": {"topk", "k8sattributes", `the processor "k8sattributes" may reach out`},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := wire([]byte(strings.ReplaceAll(config, c.from, c.to)), "", "")
			require.ErrorContains(t, err, c.want)
		})
	}
}
