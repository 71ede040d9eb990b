//go:build linux

package e2e

import (
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/catalog"
	"github.com/phoenix-platform/phoenix/tests/built"
)

// TestResidentMemory runs the collector with process-topk-v1 as it is, but for
// the interval and the destination, on a host with few processes, and reads
// how much memory it takes.
func TestResidentMemory(t *testing.T) {
	const mostMiB, processes = 100, 40
	template, err := catalog.Lookup("process-topk-v1")
	require.NoError(t, err)
	s := newSink(t)
	config, err := template.Render(map[string]any{"endpoint": s.url + "/idle", "interval": 1})
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(built.FreeAddress(t))
	require.NoError(t, err)
	c := startProgram(t, installed(t), string(config), "--config=yaml:"+fill(selfTelemetry, "PORT", port),
		"--set=receivers.processmetrics.root_path="+idleHost(t, processes))

	most := 0.0
	for n := 1; n <= 3; n++ { // the exporter makes batches of five seconds
		c.await("batches", func() bool { return s.has(n, "idle") })
		most = max(most, status(t, c.PID(), "VmRSS"))
	}
	kept := processIDs(points(t, s.got("idle")[0].Metrics))
	assert.Greater(t, len(kept), processes/4, "processes kept of %d", processes)
	assert.Less(t, most, float64(mostMiB), "resident memory in MiB")
	t.Logf("resident memory with process-topk-v1 on a host of %d processes: %.1f MiB, at the end %.1f of its own and %.1f of files",
		processes, most, status(t, c.PID(), "RssAnon"), status(t, c.PID(), "RssFile"))
}

// idleHost makes a root folder whose proc has only the oldest processes of this
// host, whatever else runs here now.
func idleHost(t *testing.T, processes int) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "proc"), 0o700))
	all, err := readProc()
	require.NoError(t, err)
	names := []string{"stat", "meminfo", "uptime"}
	for _, pid := range slices.Sorted(maps.Keys(all))[:min(processes, len(all))] {
		names = append(names, strconv.FormatInt(pid, 10))
	}
	for _, name := range names {
		require.NoError(t, os.Symlink(filepath.Join("/proc", name), filepath.Join(root, "proc", name)))
	}
	return root
}

// selfTelemetry serves the collector's own metrics at a port of the test's.
const selfTelemetry = `{service: {telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: PORT}}}}]}}}}`

// installed copies the collector's program as an installation does. Resident
// memory counts what is mapped of a file, and that depends on how the kernel
// has it: of a file that the linker has just written it maps a third more.
func installed(t *testing.T) string {
	t.Helper()
	from, err := os.Open(built.Program(t, "otelcol-phoenix"))
	require.NoError(t, err)
	defer from.Close()
	path := filepath.Join(t.TempDir(), "otelcol-phoenix")
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	require.NoError(t, err)
	_, err = io.Copy(to, from)
	require.NoError(t, err)
	require.NoError(t, to.Close())
	return path
}

// status reads a size of a process in MiB.
func status(t *testing.T, pid int, name string) float64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(t, err)
	found := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(raw)
	require.NotNil(t, found, "%s in %s", name, raw)
	kib, err := strconv.Atoi(string(found[1]))
	require.NoError(t, err)
	return float64(kib) / 1024
}
