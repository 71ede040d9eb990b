package procread

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// nobody is a user that owns no processes.
const nobody = 65534

// elsewhere runs the test again in a process of its own with these attributes,
// and reports whether this is that process.
func elsewhere(t *testing.T, attributes syscall.SysProcAttr) bool {
	t.Helper()
	const mark = "PROCREAD_ELSEWHERE"
	if os.Getenv(mark) == t.Name() {
		return true
	}
	c := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	c.Env = append(os.Environ(), mark+"="+t.Name())
	c.SysProcAttr = &attributes
	said, err := c.CombinedOutput()
	require.NoError(t, err, "%s\n(it needs root, or a kernel that lets a user make namespaces)", said)
	require.Contains(t, string(said), "--- PASS: "+t.Name())
	return false
}

// inNamespaces is elsewhere as PID 1 of other PIDs, with mounts of its own.
// Who is not root becomes it there.
func inNamespaces(t *testing.T) bool {
	t.Helper()
	a := syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
	if uid := os.Geteuid(); uid != 0 {
		a.Cloneflags |= syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	return elsewhere(t, a)
}

// mountProc mounts a proc of the namespace's processes below a root directory.
func mountProc(t *testing.T, options string) (root string) {
	t.Helper()
	require.NoError(t, syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
	root = t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(root), 0o755))
	proc := filepath.Join(root, "proc")
	require.NoError(t, os.Mkdir(proc, 0o755))
	require.NoError(t, syscall.Mount("proc", proc, "proc", 0, options))
	t.Cleanup(func() { _ = syscall.Unmount(proc, syscall.MNT_DETACH) })
	return root
}

// startAs starts a real process whose PID is the given one. Threads of the test
// may be faster to take it.
func startAs(t *testing.T, root string, pid int, name string, args ...string) *exec.Cmd {
	t.Helper()
	for range 100 {
		last := filepath.Join(root, "proc/sys/kernel/ns_last_pid")
		require.NoError(t, os.WriteFile(last, []byte(strconv.Itoa(pid-1)), 0))
		c := start(t, name, args...)
		if c.Process.Pid == pid {
			return c
		}
		require.NoError(t, c.Process.Kill())
		require.Error(t, c.Wait())
	}
	require.Fail(t, fmt.Sprintf("the kernel did not give PID %d again", pid))
	return nil
}

// A process that really has the PID of another one that ended begins anew, with
// the files of the other one kept open and without.
func TestAPIDThatTheKernelGivesAgain(t *testing.T) {
	if !inNamespaces(t) {
		return
	}
	root := mountProc(t, "")
	for _, keep := range []int{0, 1000} {
		r := open(t, root, Settings{Want: allFiles &^ OwnerName, Refresh: time.Hour, Keep: keep})
		first := start(t, "sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; sleep 100; :")
		pid := int32(first.Process.Pid)
		require.Eventually(t, func() bool {
			all, _ := scrape(t, r)
			return all[pid].Stat.User > 0
		}, 10*time.Second, 10*time.Millisecond)
		time.Sleep(20 * time.Millisecond) // births are told apart by ticks
		require.NoError(t, first.Process.Kill())
		require.Error(t, first.Wait())
		startAs(t, root, int(pid), "sleep", "100")
		all, tally := scrape(t, r)
		require.Equal(t, "sleep", all[pid].Name)
		require.Equal(t, "sleep 100", all[pid].CommandLine)
		require.Zero(t, all[pid].Before)
		require.Zero(t, all[pid].Stat.User)
		require.Zero(t, tally.Unreadable)
		require.Zero(t, tally.Vanished)
	}
}

// A proc that is mounted elsewhere has its namespace's processes under the PIDs
// that they have there; the host's has them under the host's.
func TestPIDNamespaces(t *testing.T) {
	if !inNamespaces(t) {
		return
	}
	inner, outer := open(t, mountProc(t, ""), Settings{}), open(t, "/", Settings{Want: CmdlineFile})
	pid := int32(start(t, "sleep", "123.456").Process.Pid)
	mine, _ := scrape(t, inner)
	require.Len(t, mine, 2)
	require.Equal(t, "sleep", mine[pid].Name)
	require.EqualValues(t, 1, mine[pid].Stat.Parent)
	require.Contains(t, mine, int32(1), "the test itself")
	all, _ := scrape(t, outer)
	require.Greater(t, len(all), 2)
	for _, p := range all {
		if p.CommandLine == "sleep 123.456" {
			require.NotEqual(t, pid, p.PID)
			require.Equal(t, mine[pid].Stat.Start, p.Stat.Start)
			return
		}
	}
	require.Fail(t, "the host's proc has no such process")
}

// Whoever may not read io and exe of others still has their times and memory.
func TestWithoutPermissionForOthersFiles(t *testing.T) {
	if os.Geteuid() == 0 && !elsewhere(t, syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}) {
		return
	}
	own := int32(start(t, "sleep", "100").Process.Pid)
	r := open(t, "/", Settings{Want: allFiles, Keep: 1000})
	for range 2 {
		all, tally := scrape(t, r)
		require.True(t, all[own].Known.Has(IOFile|ExeFile|FDFolder))
		for pid, p := range all {
			require.True(t, p.Known.Has(StatmFile|StatusFile|CmdlineFile|TaskFolder), "process %d has %b", pid, p.Known)
		}
		root := all[1]
		require.False(t, root.Known.Has(IOFile) || root.Known.Has(ExeFile) || root.Known.Has(FDFolder))
		require.NotEmpty(t, root.Name)
		require.Positive(t, root.Memory.Resident)
		for _, file := range []File{IOFile, ExeFile, FDFolder} {
			require.Positive(t, tally.Unreadable[bit(file)])
			require.ErrorIs(t, tally.First[bit(file)], syscall.EACCES)
		}
		require.Zero(t, tally.Unreadable[bit(StatFile)])
	}
}

// With hidepid=1 others' processes are there and cannot be read: no process,
// and one count each. With hidepid=2 they are not there. Who is not root cannot
// become another one: there a process that cannot be read is a directory.
func TestHiddenProcesses(t *testing.T) {
	if os.Geteuid() != 0 {
		tr := newTree(t)
		tr.process(t, 7, "sh", Stat{})
		tr.process(t, 8, "sh", Stat{})
		require.NoError(t, os.Chmod(filepath.Join(tr.root, "proc", "8"), 0))
		t.Cleanup(func() { _ = os.Chmod(filepath.Join(tr.root, "proc", "8"), 0o755) })
		requireHidden(t, tr.root, 7, syscall.EACCES)
		return
	}
	if !inNamespaces(t) {
		return
	}
	there, gone := mountProc(t, "hidepid=1"), mountProc(t, "hidepid=2")
	startNamed(t, "of root")
	become(t, nobody)
	own := int32(start(t, "sleep", "100").Process.Pid)
	requireHidden(t, there, own, syscall.EPERM)
	all, tally := scrape(t, open(t, gone, Settings{Want: IOFile | ExeFile}))
	require.True(t, all[own].Known.Has(IOFile|ExeFile))
	require.Len(t, all, 2, "its own, and the test")
	require.Zero(t, tally.Unreadable[bit(StatFile)])
}

// requireHidden requires that one process is read in full and that one is not.
func requireHidden(t *testing.T, root string, own int32, err error) {
	t.Helper()
	all, tally := scrape(t, open(t, root, Settings{Want: IOFile | ExeFile}))
	require.True(t, all[own].Known.Has(IOFile|ExeFile))
	require.Equal(t, 1, tally.Unreadable[bit(StatFile)])
	require.ErrorIs(t, tally.First[bit(StatFile)], err)
	require.Zero(t, tally.Vanished)
}

// become makes root another user until the test ends.
func become(t *testing.T, user int) {
	t.Helper()
	require.NoError(t, syscall.Setgroups(nil)) // of group 0 nothing is hidden
	require.NoError(t, syscall.Setresgid(user, user, 0))
	require.NoError(t, syscall.Setresuid(user, user, 0))
	t.Cleanup(func() {
		require.NoError(t, syscall.Setresuid(0, 0, 0))
		require.NoError(t, syscall.Setresgid(0, 0, 0))
	})
}
