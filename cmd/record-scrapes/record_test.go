//go:build linux

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/recording"
)

// binary is the collector that make build makes.
const binary = "../../bin/otelcol-phoenix"

func TestARecordingIsWhatTheScraperSaid(t *testing.T) {
	require.FileExists(t, binary, "run make build")
	file := filepath.Join(t.TempDir(), "scrapes.otlp.zst")
	var out bytes.Buffer
	err := run(context.Background(), []string{
		"--out", file, "--collector", binary, "--scrapes", "3", "--interval", "500ms",
		"--crowd-idle", "30", "--crowd-busy", "2", "--crowd-churn", "20",
	}, &out)
	require.NoError(t, err)
	require.Contains(t, out.String(), "scrape 3 of 3")

	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	scrapes, err := recording.Read(f)
	require.NoError(t, err)
	require.Len(t, scrapes, 3)
	for _, md := range scrapes {
		names := map[string]int{}
		for _, rm := range md.ResourceMetrics().All() {
			names[text(rm.Resource().Attributes(), "process.executable.name")]++
		}
		for _, name := range []string{"nginx", "postgres", "java", "ffmpeg", "loadsim-zygote", "otelcol-phoenix"} {
			require.Equal(t, 1, names[name], name)
		}
	}
	require.Empty(t, privateWords(scrapes))
	require.Equal(t, []string{"scrapes.otlp.zst"}, namesIn(t, filepath.Dir(file)))
}

// privateWords lists what a recording says that is not public: this program's
// folder, and the arguments of what runs here.
func privateWords(scrapes []pmetric.Metrics) (found []string) {
	for _, md := range scrapes {
		for _, rm := range md.ResourceMetrics().All() {
			for key, v := range rm.Resource().Attributes().All() {
				value := v.AsString()
				if strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "/usr/bin/") ||
					strings.Contains(value, " ") && !strings.HasSuffix(value, " --redacted") {
					found = append(found, key+"="+value)
				}
			}
		}
	}
	return found
}

func namesIn(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestAnInterruptLeavesTheFileAsItWas(t *testing.T) {
	require.FileExists(t, binary, "run make build")
	file := filepath.Join(t.TempDir(), "scrapes.otlp.zst")
	require.NoError(t, os.WriteFile(file, []byte("old"), 0o600))
	ctx, cancel := context.WithCancel(context.Background())
	out := &onWrite{do: cancel} // at the first scrape
	err := run(ctx, []string{"--out", file, "--collector", binary, "--interval", "500ms"}, out)
	require.ErrorContains(t, err, "scrape 2 of 24: interrupted; nothing was written")
	was, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "old", string(was))
	require.Equal(t, []string{"scrapes.otlp.zst"}, namesIn(t, filepath.Dir(file)))
}

type onWrite struct{ do func() }

func (w *onWrite) Write(p []byte) (int, error) {
	w.do()
	return len(p), nil
}

func TestACollectorThatEndsIsReported(t *testing.T) {
	file := filepath.Join(t.TempDir(), "scrapes.otlp.zst")
	collector := filepath.Join(t.TempDir(), "collector")
	require.NoError(t, os.WriteFile(collector, []byte("#!/bin/sh\necho out of order >&2\nexit 3\n"), 0o700))
	err := run(context.Background(), []string{"--out", file, "--collector", collector}, new(bytes.Buffer))
	require.ErrorContains(t, err, "scrape 1 of 24: the collector ended: exit status 3; it said last:\nout of order")
	require.NoFileExists(t, file)
}

func TestFlagsThatCannotBeAreAllReported(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "collector")
	err := run(context.Background(), []string{
		"--scrapes", "0", "--interval", time.Millisecond.String(), "--collector", missing,
		"--crowd-idle", "-1", "--crowd-busy", "-2", "--crowd-max-cpu", "2", "--crowd-churn", "NaN",
	}, new(bytes.Buffer))
	require.EqualError(t, err, strings.Join([]string{
		"--out: is missing; name the file to write",
		"--scrapes: must be between 1 and 10000, got 0",
		"--interval: must be at least 100ms, got 1ms",
		"--collector: there is no program " + missing + "; run make build, or name another one",
		"--crowd-idle: must be 0 or more, got -1",
		"--crowd-busy: must be 0 or more, got -2",
		"--crowd-min-cpu, --crowd-max-cpu: shares of a core are above 0 and at most 1, the least first, got 0.002 and 2",
		"--crowd-churn: must be between 0 and 1000 births a second, got NaN",
	}, "\n"))
}

func TestAFolderThatIsNotThereIsReportedAtOnce(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "no", "scrapes.otlp.zst")
	err = run(context.Background(), []string{"--out", file, "--collector", self}, new(bytes.Buffer))
	require.ErrorContains(t, err, "no such file or directory; check --out")
}

func TestACrowdThatIsTooMuchForTheHostIsRefused(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "scrapes.otlp.zst")
	err = run(context.Background(), []string{
		"--out", file, "--collector", self, "--crowd-busy", "5000", "--crowd-min-cpu", "1", "--crowd-max-cpu", "1",
	}, new(bytes.Buffer))
	require.ErrorContains(t, err, "CPU: the plan asks for 5000 cores at once")
	require.NoFileExists(t, file)
}
