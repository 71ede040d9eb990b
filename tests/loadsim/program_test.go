//go:build linux

package loadsim_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim/truth"
	"github.com/phoenix-platform/phoenix/tests/built"
)

// patience is how long anything may take that a test waits for: much longer
// than it takes on a busy machine.
const patience = 2 * time.Minute

// outcome is how a run of loadsim ended.
type outcome struct {
	code           int
	stdout, stderr string
}

// loadsim runs the program until it ends by itself.
func loadsim(t *testing.T, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, built.Program(t, "loadsim"), args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// simulate runs a simulation that must succeed, and returns its truth.
func simulate(t *testing.T, args ...string) (*truth.Truth, outcome) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "truth.jsonl")
	out := loadsim(t, append([]string{"run", "--dir", t.TempDir(), "--truth", file}, args...)...)
	require.Zero(t, out.code, out.stderr)
	read, err := truth.ReadFile(file)
	require.NoError(t, err)
	return read, out
}

// start starts a simulation that goes on, with the folder of its executables.
func start(t *testing.T, args ...string) (cmd *exec.Cmd, dir, file string) {
	t.Helper()
	dir, file = t.TempDir(), filepath.Join(t.TempDir(), "truth.jsonl")
	cmd = exec.Command(built.Program(t, "loadsim"), append([]string{"run", "--dir", dir, "--truth", file}, args...)...)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, dir, file
}

// await waits until done, and fails the test with what it waited for.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain for %s", patience, what)
		}
	}
}

// running is how many processes run an executable below a folder.
func running(t *testing.T, dir string) (n int) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	require.NoError(t, err)
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, dir+"/") {
			n++
		}
	}
	return n
}

// requireNothingLeft waits until no process and no file is left.
func requireNothingLeft(t *testing.T, dir string) {
	t.Helper()
	await(t, "the last process", func() bool { return running(t, dir) == 0 })
	await(t, "an empty folder", func() bool {
		left, err := os.ReadDir(dir)
		return err == nil && len(left) == 0
	})
}
