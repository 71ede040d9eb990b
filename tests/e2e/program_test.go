//go:build linux

package e2e

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/tests/built"
)

// outcome is how a run of the collector ended that was to end by itself.
type outcome struct {
	code           int
	stdout, stderr string
}

// run runs the collector's program with arguments and waits for its end.
func run(t *testing.T, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, built.Program(t, "otelcol-phoenix"), args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// launch starts a program that ends with its command's context, and with this
// process: the kernel ends a child of this kind with the thread that started
// it, so that thread waits.
func launch(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	started, done := make(chan error), make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it is ended by a signal
		}
	}()
	require.NoError(t, <-started)
	t.Cleanup(func() { <-done })
}

// fill replaces names in a configuration by values: fill(text, "NAME", value …).
func fill(config string, namesAndValues ...string) string {
	return strings.NewReplacer(namesAndValues...).Replace(config)
}

// page gets a page; it is empty while there is no good answer.
func page(t *testing.T, address string) string {
	t.Helper()
	resp, err := http.Get("http://" + address)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return ""
	}
	return string(body)
}
