// Package try_test runs the built `phoenix try` with the built collector on the
// real processes of this machine.
package try_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/tests/built"
)

// patience is how long anything may take before a test gives up.
const patience = 60 * time.Second

// scrape is what a line of --json has to say.
type scrape struct {
	Number    int `json:"scrape"`
	Processes struct {
		In, Kept, Other int
		WithoutIO       int `json:"without_disk_io"`
		AtEndpoint      int `json:"at_endpoint"`
	}
	Series struct {
		In, Out    int
		Reduction  float64
		AtEndpoint int `json:"at_endpoint"`
	}
	Named struct {
		CPU, Memory *float64
		IO          *float64 `json:"disk_io"`
	}
	Conservation struct {
		Integers float64 `json:"integer_error"`
		Doubles  float64 `json:"double_error"`
	}
	Critical []struct {
		Name, State string
		Processes   int
	}
	Collector struct {
		PID      int
		CPU      float64 `json:"cpu_cores_average"`
		Resident float64 `json:"resident_bytes"`
	}
	Kept []struct {
		PID  int
		Name string
		Why  *struct{ Rule, Subject string }
	}
}

// run is a `phoenix try` under way.
type run struct {
	cmd    *exec.Cmd
	temp   string // its folder for temporary files
	lines  *bufio.Scanner
	stdout *os.File
	stderr bytes.Buffer // whole after the end
}

// try starts `phoenix try` with flags.
func try(t *testing.T, flags ...string) *run {
	t.Helper()
	return start(t, exec.Command(built.Program(t, "phoenix"), append([]string{"try", "--collector", built.Program(t, "otelcol-phoenix")}, flags...)...))
}

func start(t *testing.T, cmd *exec.Cmd) *run {
	t.Helper()
	r := &run{cmd: cmd, temp: t.TempDir()}
	require.NoError(t, os.Chmod(r.temp, 0o777)) // another user's may run in it
	read, write, err := os.Pipe()
	require.NoError(t, err)
	r.stdout, r.lines = read, bufio.NewScanner(read)
	r.lines.Buffer(nil, 1<<24)
	cmd.Env = append(os.Environ(), "TMPDIR="+r.temp)
	cmd.Stdout, cmd.Stderr = write, &r.stderr
	require.NoError(t, cmd.Start())
	require.NoError(t, write.Close())
	require.NoError(t, read.SetReadDeadline(time.Now().Add(patience)))
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // what has ended cannot be killed
		_ = cmd.Wait()
		_ = read.Close()
	})
	return r
}

// next returns the next scrape.
func (r *run) next(t *testing.T) scrape {
	t.Helper()
	require.True(t, r.lines.Scan(), "no scrape came: %v", r.lines.Err())
	var s scrape
	require.NoError(t, json.Unmarshal(r.lines.Bytes(), &s), r.lines.Text())
	return s
}

// end waits for phoenix and requires that it ended well and left nothing: no
// collector, no file.
func (r *run) end(t *testing.T, collector int) {
	t.Helper()
	_, _ = io.Copy(io.Discard, r.stdout)
	require.NoError(t, r.cmd.Wait(), r.stderr.String())
	require.False(t, alive(collector), "collector %d is left", collector)
	r.requireNoFiles(t)
}

func (r *run) requireNoFiles(t *testing.T) {
	t.Helper()
	left, err := os.ReadDir(r.temp)
	require.NoError(t, err)
	require.Empty(t, left)
}

// alive reports whether a process runs. One that has ended and that nobody has
// waited for does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

// requireSound requires of a scrape what must hold of each.
func requireSound(t *testing.T, s scrape) {
	t.Helper()
	require.Zero(t, s.Conservation.Integers)
	require.LessOrEqual(t, s.Conservation.Doubles, 1e-9)
	require.Positive(t, s.Processes.Kept)
	require.Equal(t, s.Processes.In, s.Processes.Kept+s.Processes.Other)
	require.Equal(t, s.Processes.Kept, s.Processes.AtEndpoint, "the endpoint tells each kept process apart")
	require.Equal(t, s.Series.Out, s.Series.AtEndpoint)
	require.Len(t, s.Kept, s.Processes.Kept)
	require.NotNil(t, s.Named.Memory)
	require.Positive(t, s.Collector.CPU)
	require.Greater(t, s.Collector.Resident, 1e6)
}

// signalAndEnd ends a run by a signal.
func (r *run) signalAndEnd(t *testing.T, s syscall.Signal, collector int) {
	t.Helper()
	require.NoError(t, r.cmd.Process.Signal(s))
	r.end(t, collector)
}
