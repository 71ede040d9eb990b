package try

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// standIn makes a program that is run in place of the collector.
func standIn(t *testing.T, script string) Options {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	path := filepath.Join(t.TempDir(), "collector")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700))
	return Options{Template: "process-topk-v1", Interval: time.Second, Listen: "127.0.0.1:0", Collector: path}
}

func requireNothingLeft(t *testing.T) {
	t.Helper()
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestACollectorThatEndsByItselfIsAnErrorWithItsLastLines(t *testing.T) {
	o := standIn(t, `echo '{"level":"error","msg":"cannot start","error":"disk full"}' >&2; echo 'Error: disk full' >&2; exit 3`)
	var out, notes bytes.Buffer
	err := Run(context.Background(), o, &out, &notes)
	require.ErrorContains(t, err, "the collector ended: exit status 3; it said last:")
	require.ErrorContains(t, err, "Error: disk full")
	require.ErrorContains(t, err, "--print-config")
	require.Equal(t, "note: collector: cannot start (error: disk full)\n", notes.String())
	requireNothingLeft(t)
}

func TestACollectorThatEndsWellByItselfIsAnErrorToo(t *testing.T) {
	err := Run(context.Background(), standIn(t, "exit 0"), &bytes.Buffer{}, &bytes.Buffer{})
	require.ErrorContains(t, err, "the collector ended by itself")
	requireNothingLeft(t)
}

func TestAProgramThatCannotRun(t *testing.T) {
	o := standIn(t, "")
	require.NoError(t, os.WriteFile(o.Collector, []byte("\x7fELF"), 0o700))
	err := Run(context.Background(), o, &bytes.Buffer{}, &bytes.Buffer{})
	require.ErrorContains(t, err, "start the collector")
	require.ErrorContains(t, err, "has to be an otelcol-phoenix for this machine")
	requireNothingLeft(t)
}

func TestTheEndOfTheContextEndsTheCollector(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	out := &cancelAtFirst{cancel: cancel}
	require.NoError(t, Run(ctx, standIn(t, "exec sleep 600"), out, &bytes.Buffer{}))
	require.Contains(t, out.String(), "process-topk-v1 on ")
	requireNothingLeft(t)
}

func TestADurationEndsTheCollector(t *testing.T) {
	o := standIn(t, "exec sleep 600")
	o.Duration = time.Millisecond
	err := Run(context.Background(), o, &bytes.Buffer{}, &bytes.Buffer{})
	require.ErrorContains(t, err, "no scrape in 1ms: raise --duration", "nothing was shown")
	requireNothingLeft(t)
}

func TestAReaderThatGoesAwayEndsTheCollector(t *testing.T) {
	require.NoError(t, Run(context.Background(), standIn(t, "exec sleep 600"), brokenPipe{}, &bytes.Buffer{}))
	requireNothingLeft(t)
}

func TestOutputThatCannotBeWrittenIsAnError(t *testing.T) {
	err := Run(context.Background(), standIn(t, "exec sleep 600"), full{}, &bytes.Buffer{})
	require.ErrorIs(t, err, errFull)
	requireNothingLeft(t)
}

// cancelAtFirst cancels at the first write.
type cancelAtFirst struct {
	cancel context.CancelFunc
	mu     sync.Mutex
	bytes.Buffer
}

func (w *cancelAtFirst) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancel()
	return w.Buffer.Write(p)
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, &os.PathError{Err: syscall.EPIPE} }

type full struct{}

var errFull = errors.New("no space left on device")

func (full) Write([]byte) (int, error) { return 0, errFull }
