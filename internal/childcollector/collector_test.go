package childcollector

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// run starts a child of the kind that config names. Its files are in a folder
// of the test's.
func run(t *testing.T, config string, args ...string) (c *Collector, records chan Record, folder string) {
	t.Helper()
	folder = t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Setenv(childMarker, "1")
	records = make(chan Record, 10)
	c, err := Start(Settings{
		Binary: os.Args[0], Config: []byte(config), Args: args,
		Log: func(r Record) { records <- r },
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // what still runs is killed
		_ = c.Stop(ctx)
	})
	return c, records, folder
}

// requireEmpty checks that nothing is left of a collector's files.
func requireEmpty(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestACollectorRunsAndEnds(t *testing.T) {
	c, records, folder := run(t, "serve: 1", "--feature-gates", "some")
	require.Equal(t, Record{Level: "info", Message: "started", Fields: map[string]any{
		"level": "info", "msg": "started", "config": "serve: 1", "args": "--feature-gates some",
	}}, <-records)
	require.NoError(t, syscall.Kill(c.PID(), 0), "it runs")
	require.NoError(t, c.Err())
	select {
	case <-c.Done():
		t.Fatal("it ended")
	default:
	}
	config, err := os.Stat(c.configFile())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), config.Mode())

	require.NoError(t, c.Stop(context.Background()))
	<-c.Done()
	require.Equal(t, "stopped", (<-records).Message, "it ended in order")
	requireEmpty(t, folder)
	require.NoError(t, c.Stop(context.Background()), "a second time")
}

func TestACollectorReadsItsConfigurationAgain(t *testing.T) {
	c, records, _ := run(t, "serve: 1")
	<-records
	require.NoError(t, c.WriteConfig([]byte("serve: 2")))
	require.NoError(t, c.Reload())
	r := <-records
	require.Equal(t, "reloaded", r.Message)
	require.Equal(t, "serve: 2", r.Fields["config"])
	require.NoError(t, c.Stop(context.Background()))
	require.ErrorIs(t, c.Reload(), os.ErrProcessDone)
	require.ErrorContains(t, c.WriteConfig(nil), "write the collector's configuration: ")
}

func TestACollectorThatDoesNotEndIsKilled(t *testing.T) {
	c, records, folder := run(t, "deaf")
	<-records
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorContains(t, c.Stop(ctx), "the collector ended: signal: killed")
	requireEmpty(t, folder)
}

// A process that a collector left behind holds its standard error open.
func TestACollectorEndsBeforeItsChildren(t *testing.T) {
	c, records, folder := run(t, "grandchild")
	grandchild := int((<-records).Fields["grandchild"].(float64))
	stopped := make(chan error)
	go func() { stopped <- c.Stop(context.Background()) }()
	select {
	case err := <-stopped:
		require.NoError(t, err)
		requireEmpty(t, folder)
	case <-time.After(30 * time.Second):
		t.Error("Stop waits for a process that is not the collector")
		defer func() { <-stopped }()
	}
	require.NoError(t, syscall.Kill(grandchild, syscall.SIGKILL))
}

func TestACollectorThatLeavesAProcessBehindEndedWell(t *testing.T) {
	c, records, _ := run(t, "orphan")
	grandchild := int((<-records).Fields["grandchild"].(float64))
	<-c.Done()
	require.NoError(t, c.Err())
	require.NoError(t, syscall.Kill(grandchild, syscall.SIGKILL))
}

func TestACollectorThatEndsByItself(t *testing.T) {
	c, records, folder := run(t, "fail")
	<-c.Done()
	require.Equal(t, "no such component", (<-records).Message)
	want := "the collector ended: exit status 3; it said last:\n" +
		"error decoding: bad key\n" +
		`{"level":"error","msg":"no such component"}` + "\n" +
		"the last words"
	require.EqualError(t, c.Err(), want)
	require.EqualError(t, c.Stop(context.Background()), want)
	requireEmpty(t, folder)
}

func TestOnlyTheEndOfALongOutputIsKept(t *testing.T) {
	c, _, _ := run(t, "chatty")
	<-c.Done()
	require.True(t, strings.HasSuffix(c.Err().Error(), "\nline 99998\nline 99999"))
	require.Less(t, len(c.Err().Error()), tailBytes+100)
}

func TestACollectorThatCannotStart(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	_, err := Start(Settings{Binary: "/nowhere/otelcol"})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.EqualError(t, err, "start the collector: fork/exec /nowhere/otelcol: no such file or directory")
	requireEmpty(t, folder)

	t.Setenv("TMPDIR", filepath.Join(folder, "missing"))
	_, err = Start(Settings{Binary: os.Args[0]})
	require.ErrorContains(t, err, "make a folder for the collector's configuration: ")
}
