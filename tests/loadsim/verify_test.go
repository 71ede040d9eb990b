//go:build linux

package loadsim_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/childcollector"
	"github.com/phoenix-platform/phoenix/loadsim/grade"
	"github.com/phoenix-platform/phoenix/tests/built"
)

// config has one pipeline that thins and one that does not.
const config = `
receivers:
  host_metrics:
    collection_interval: 1s
    scrapers: {process: {mute_process_all_errors: true}}
processors:
  topk:
    critical:
      - {name: sshd, conditions: ['resource.attributes["process.executable.name"] == "sshd"']}
      - {name: consul, conditions: ['resource.attributes["process.executable.name"] == "consul"']}
      - {name: vault, conditions: ['resource.attributes["process.executable.name"] == "vault"']}
exporters:
  file/all: {path: FOLDER/all.jsonl}
  file/kept: {path: FOLDER/kept.jsonl}
service:
  telemetry: {metrics: {level: none}, logs: {encoding: json}}
  pipelines:
    metrics/all: {receivers: [host_metrics], exporters: [file/all]}
    metrics/kept: {receivers: [host_metrics], processors: [topk], exporters: [file/kept]}
`

// TestVerifyGradesARealCollector has a load of 300 processes, of which the
// collector keeps those that work and those that must not be lost.
func TestVerifyGradesARealCollector(t *testing.T) {
	folder := t.TempDir()
	collector, err := childcollector.Start(childcollector.Settings{
		Binary: built.Program(t, "otelcol-phoenix"), Config: []byte(strings.ReplaceAll(config, "FOLDER", folder)),
	})
	require.NoError(t, err)
	stop := func() error { return collector.Stop(context.Background()) }
	t.Cleanup(func() { _ = stop() }) // a second time does nothing
	await(t, "the first scrape", func() bool {
		info, err := os.Stat(filepath.Join(folder, "kept.jsonl"))
		return err == nil && info.Size() > 0
	})
	file := filepath.Join(folder, "truth.jsonl")
	out := loadsim(t, "run", "--profile", "high-cardinality", "--process-count", "300", "--duration", "12s", "--truth", file)
	require.Zero(t, out.code, out.stderr)
	require.NoError(t, stop())

	all, kept := filepath.Join(folder, "all.jsonl"), filepath.Join(folder, "kept.jsonl")
	out = loadsim(t, "verify", "--truth", file, "--metrics", all, "--json", "--min-seen", "1", "--min-critical", "1")
	require.Zero(t, out.code, out.stderr)
	var whole grade.Report
	require.NoError(t, json.Unmarshal([]byte(out.stdout), &whole))
	require.Equal(t, 300, whole.Processes.Seen)
	require.Positive(t, *whole.CPU.Share)
	require.LessOrEqual(t, *whole.CPU.Share, 1.01)
	require.Zero(t, whole.CPU.Excess)

	out = loadsim(t, "verify", "--truth", file, "--metrics", kept, "--baseline", all, "--min-critical", "1", "--min-reduction", "0.5")
	require.Zero(t, out.code, out.stdout+out.stderr)
	require.Contains(t, out.stdout, "critical vault")
	require.Contains(t, out.stdout, "fewer")

	out = loadsim(t, "verify", "--truth", file, "--metrics", kept, "--min-seen", "1", "--min-reduction", "0.5")
	require.Equal(t, 1, out.code)
	require.Contains(t, out.stderr, "processes seen: at least 1 is required, reached 0.")
	require.Contains(t, out.stderr, "reduction of series: at least 0.5 is required, and it cannot be told: give --baseline")
}

func TestVerifySaysWhatIsMissing(t *testing.T) {
	out := loadsim(t, "verify")
	require.Equal(t, 1, out.code)
	require.Contains(t, out.stderr, "--truth: is missing")
	require.Contains(t, out.stderr, "--metrics: is missing")
	out = loadsim(t, "verify", "--truth", "nowhere", "--metrics", "nowhere")
	require.Equal(t, 1, out.code)
	require.Contains(t, out.stderr, "read the metrics: open nowhere")
	out = loadsim(t, "verify", "--truth", "a", "--metrics", "b", "--min-cpu", "90")
	require.Contains(t, out.stderr, "--min-cpu: 90; give a share from 0 to 1")
}
