//go:build linux

package acceptance

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/childcollector"
	"github.com/phoenix-platform/phoenix/internal/otlphttp"
	"github.com/phoenix-platform/phoenix/tests/built"
)

// sending is what both collectors of a comparison have: the exporter, and their
// own metrics at the default level.
const sending = `
exporters:
  otlphttp: {endpoint: URL, sending_queue: {enabled: true, batch: {flush_timeout: 1s, min_size: 8192}}}
service:
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: PORT}}}}]}}
`

// costed is a collector whose cost is measured.
type costed struct {
	*childcollector.Collector
	t *testing.T

	mu       sync.Mutex
	requests int
	series   int // points in all requests
}

// startCosted runs a collector that sends by OTLP to this program.
func startCosted(t *testing.T, binary, config string) *costed {
	t.Helper()
	c := &costed{t: t}
	sink := httptest.NewServer(otlphttp.Handler(c.take))
	t.Cleanup(sink.Close)
	_, port, _ := strings.Cut(built.FreeAddress(t), ":")
	over := filepath.Join(t.TempDir(), "sending.yaml")
	text := strings.NewReplacer("URL", sink.URL, "PORT", port).Replace(sending)
	require.NoError(t, os.WriteFile(over, []byte(text), 0o600))
	var err error
	c.Collector, err = childcollector.Start(childcollector.Settings{
		Binary: installed(t, binary), Config: []byte(config), Args: []string{"--config", over},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Stop(context.Background())) })
	return c
}

// installed returns a copy of a program, made in small pieces: of a file that
// was written in large ones, as the linker does, the kernel maps up to 50 MiB
// more into a process than it uses.
func installed(t *testing.T, binary string) string {
	t.Helper()
	from, err := os.Open(binary)
	require.NoError(t, err, "make size builds the stock collector, make build ours")
	defer func() { require.NoError(t, from.Close()) }()
	to, err := os.OpenFile(filepath.Join(t.TempDir(), filepath.Base(binary)), os.O_CREATE|os.O_WRONLY, 0o700)
	require.NoError(t, err)
	_, err = io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, make([]byte, 4096))
	require.NoError(t, err)
	require.NoError(t, to.Close())
	return to.Name()
}

func (c *costed) take(md pmetric.Metrics) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests, c.series = c.requests+1, c.series+md.DataPointCount()
	return nil
}

// reading is what a collector had used and sent at one moment.
type reading struct {
	at               time.Time
	cpu              time.Duration
	requests, series int
}

func (c *costed) read() reading {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	return reading{time.Now(), cpuOf(c.t, c.PID()), c.requests, c.series}
}

// cost is what a collector needs.
type cost struct {
	cpu      float64 // share of one core
	resident float64 // MiB
	series   float64 // sent in a scrape
}

// costSince returns the cost since a reading, and the memory of now.
func (c *costed) costSince(before reading) cost {
	c.t.Helper()
	now := c.read()
	require.Greater(c.t, now.requests, before.requests, "the collector sent nothing")
	return cost{
		cpu:      float64(now.cpu-before.cpu) / float64(now.at.Sub(before.at)),
		resident: residentOf(c.t, c.PID()),
		series:   float64(now.series-before.series) / float64(now.requests-before.requests),
	}
}

// cpuOf is the user and system time of a process and its threads.
func cpuOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(raw), ") ")
	var ticks int
	for _, field := range strings.Fields(rest)[11:13] {
		n, err := strconv.Atoi(field)
		require.NoError(t, err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// residentOf is the resident memory of a process, in MiB.
func residentOf(t *testing.T, pid int) float64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	require.NoError(t, err)
	pages, err := strconv.Atoi(strings.Fields(string(raw))[1])
	require.NoError(t, err)
	return float64(pages*os.Getpagesize()) / (1 << 20)
}
