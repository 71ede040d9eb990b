//go:build linux

package acceptance

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/catalog"
	"github.com/phoenix-platform/phoenix/internal/childcollector"
	"github.com/phoenix-platform/phoenix/tests/built"
)

// load is a loadsim that runs.
type load struct {
	t      *testing.T
	cmd    *exec.Cmd
	output bytes.Buffer
	done   chan error
	truth  string
}

// startLoad starts a load and waits until its first births are in its truth.
func startLoad(t *testing.T, args ...string) *load {
	t.Helper()
	l := &load{t: t, truth: filepath.Join(t.TempDir(), "truth.jsonl"), done: make(chan error, 1)}
	l.cmd = exec.Command(built.Program(t, "loadsim"), append([]string{"run", "--truth", l.truth}, args...)...)
	l.cmd.Stdout, l.cmd.Stderr = &l.output, &l.output
	require.NoError(t, l.cmd.Start())
	go func() { l.done <- l.cmd.Wait() }()
	t.Cleanup(func() {
		if l.cmd.ProcessState == nil {
			_ = l.cmd.Process.Signal(syscall.SIGTERM)
		}
	})
	l.awaitBirths(1)
	return l
}

// awaitBirths waits until so many processes were born.
func (l *load) awaitBirths(n int) {
	l.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		select {
		case err := <-l.done:
			l.t.Fatalf("the load ended before %d births: %v\n%s", n, err, l.output.String())
		default:
		}
		raw, err := os.ReadFile(l.truth)
		if err == nil && bytes.Count(raw, []byte(`"kind":"birth"`)) >= n {
			return
		}
		require.True(l.t, time.Now().Before(deadline), "%d births in a minute", n)
	}
}

// wait waits until the load has ended by itself.
func (l *load) wait(atMost time.Duration) {
	l.t.Helper()
	select {
	case err := <-l.done:
		require.NoError(l.t, err, "%s", l.output.String())
	case <-time.After(atMost):
		l.t.Fatalf("the load still runs after %s", atMost)
	}
}

// collector is an otelcol-phoenix that writes to files.
type collector struct {
	*childcollector.Collector
	t         *testing.T
	all, kept string // what it scraped, what it sent
	address   string // of its own metrics
}

// overlay lets what a template scrapes and what it sends go to files.
const overlay = `
exporters: {file/all: {path: ALL}, file/kept: {path: KEPT}}
service:
  telemetry:
    logs: {encoding: json}
    metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: PORT}}}}]}
  pipelines:
    metrics/all: {receivers: [RECEIVER], exporters: [file/all]}
    metrics/process: {exporters: [file/kept]}
`

// startCollector runs a template of the catalog.
func startCollector(t *testing.T, template string, parameters map[string]any) *collector {
	t.Helper()
	dir := t.TempDir()
	c := &collector{t: t, all: filepath.Join(dir, "all.jsonl"), kept: filepath.Join(dir, "kept.jsonl"), address: built.FreeAddress(t)}
	tpl, err := catalog.Lookup(template)
	require.NoError(t, err)
	config, err := tpl.Render(parameters)
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(c.address)
	require.NoError(t, err)
	over := filepath.Join(dir, "overlay.yaml")
	text := strings.NewReplacer("RECEIVER", receiverOf(t, config), "ALL", c.all, "KEPT", c.kept, "PORT", port).Replace(overlay)
	require.NoError(t, os.WriteFile(over, []byte(text), 0o600))
	c.Collector, err = childcollector.Start(childcollector.Settings{
		Binary: built.Program(t, "otelcol-phoenix"), Config: config, Args: []string{"--config", over},
	})
	require.NoError(t, err)
	t.Cleanup(c.stop)
	return c
}

// receiverOf is the receiver that a template's pipeline reads from.
func receiverOf(t *testing.T, config []byte) string {
	t.Helper()
	var parsed struct {
		Service struct {
			Pipelines map[string]struct{ Receivers []string }
		}
	}
	require.NoError(t, yaml.Unmarshal(config, &parsed))
	receivers := parsed.Service.Pipelines["metrics/process"].Receivers
	require.Len(t, receivers, 1)
	return receivers[0]
}

// stop ends the collector. It may be called more than once.
func (c *collector) stop() {
	c.t.Helper()
	require.NoError(c.t, c.Stop(context.Background()))
}

// row is the row of the acceptance table that a test is named after.
var row = regexp.MustCompile(`^TestAT(P[0-9]+)`)

// figure prints a measured figure beside the one that passes.
func figure(t *testing.T, what string, measured any, pass string) {
	t.Helper()
	name := "–"
	if m := row.FindStringSubmatch(t.Name()); m != nil {
		name = m[1]
	}
	fmt.Printf("%-4s %-46s %-18v pass: %s\n", name, what, measured, pass)
}
