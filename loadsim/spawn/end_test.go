//go:build linux

package spawn

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
)

func TestStopEndsOneProcess(t *testing.T) {
	r := start(t, Settings{})
	busy := named(2, "busy")
	busy.Load = loadsim.Load{{CPU: 0.3}}
	r.spawn(named(1, "idle"), busy, named(3, "stays"))
	require.NoError(t, r.Stop(1), "it may not be born yet")
	require.NoError(t, r.Stop(2))
	require.Equal(t, -int(syscall.SIGTERM), r.exited(1).Status)
	require.Equal(t, -int(syscall.SIGTERM), r.exited(2).Status)
	require.NoError(t, r.Stop(1), "it has ended")
	require.NoError(t, r.Stop(99), "it never was")
	require.True(t, r.folder.runs(r.born(3).PID, 3))
}

func TestCloseEndsAll(t *testing.T) {
	dir := t.TempDir()
	r := start(t, Settings{Dir: dir})
	var id uint32 = 1
	for range 30 {
		r.spawn(randomTree(&id, 3))
	}
	r.born(id - 1)
	require.NoError(t, r.Close())
	require.Empty(t, below(dir))
	require.Empty(t, entries(t, dir))
	require.NoError(t, r.Close(), "twice")
	require.ErrorIs(t, r.Spawn(context.Background(), named(id, "late")), ErrClosed)
	for e := range r.Events() {
		r.events = append(r.events, e)
	}
	requireOneEndEach(t, r.events, id)
}

// requireOneEndEach says that of each process, up to but not including an ID,
// it was told either that it failed or that it was born and ended.
func requireOneEndEach(t *testing.T, events []loadsim.Event, upTo uint32) {
	t.Helper()
	told := map[uint32][]loadsim.EventKind{}
	for _, e := range events {
		told[e.ID] = append(told[e.ID], e.Kind)
	}
	require.Len(t, told, int(upTo-1))
	for id, kinds := range told {
		if kinds[0] == loadsim.Failed {
			require.Len(t, kinds, 1, "process %d: %v", id, kinds)
			continue
		}
		require.Equal(t, []loadsim.EventKind{loadsim.Born, loadsim.Exited}, kinds, "process %d", id)
	}
}

// TestAKilledZygoteEndsTheRun stops a process first, which therefore cannot
// end by itself when the zygote is gone.
func TestAKilledZygoteEndsTheRun(t *testing.T) {
	dir := t.TempDir()
	r := start(t, Settings{Dir: dir})
	r.spawn(named(1, "idle"), named(2, "stopped"))
	stop(r.born(2).PID, dir)
	require.NoError(t, syscall.Kill(r.PID(), syscall.SIGKILL))
	for _, id := range []uint32{1, 2} {
		require.ErrorIs(t, r.exited(id).Err, errLost)
	}
	require.ErrorContains(t, r.Close(), "the zygote")
	require.ErrorContains(t, r.Spawn(context.Background(), named(3, "late")), "signal: killed")
	require.Eventually(t, func() bool { return len(below(dir)) == 0 }, patience, time.Millisecond)
	require.Empty(t, entries(t, dir))
}

// TestNobodyElseIsSignalled gives the Spawner a wrong idea of who has a PID.
func TestNobodyElseIsSignalled(t *testing.T) {
	r, other := start(t, Settings{}), start(t, Settings{})
	foreign := exec.Command("sleep", "60")
	require.NoError(t, foreign.Start())
	defer func() {
		foreign.Process.Kill()
		foreign.Wait()
	}()
	r.spawn(named(1, "one"))
	other.spawn(named(2, "two"), named(12, "twelve"))
	for _, pid := range []int{foreign.Process.Pid, r.born(1).PID, other.born(12).PID} {
		require.NoError(t, other.folder.send(pid, 2, syscall.SIGKILL))
		require.NoError(t, other.folder.send(pid, 1, syscall.SIGKILL))
		require.DirExists(t, filepath.Join("/proc", status(t, pid, "Pid")))
		require.NotContains(t, status(t, pid, "State"), "Z")
	}
	require.NoError(t, other.folder.send(other.born(2).PID, 2, syscall.SIGKILL))
	require.Equal(t, -int(syscall.SIGKILL), other.exited(2).Status)
}

func TestTheRunsFolderIsPrivate(t *testing.T) {
	r := start(t, Settings{})
	info, err := os.Stat(r.Dir())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

// TestDirMayBeALink: /proc shows executables by their real paths.
func TestDirMayBeALink(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(t.TempDir(), link))
	t.Chdir(filepath.Dir(link))
	r := start(t, Settings{Dir: "link"})
	r.spawn(named(1, "one"))
	r.born(1)
	require.NoError(t, r.Stop(1))
	require.Equal(t, -int(syscall.SIGTERM), r.exited(1).Status)
	require.NoError(t, r.Close())
	require.Empty(t, entries(t, link))
}
