//go:build linux

package spawn

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
)

func TestLimitsAreToldForTheWholeTree(t *testing.T) {
	r := start(t, Settings{MaxProcesses: 3, MaxMemory: 10 * mib})
	r.spawn(named(1, "first"))
	tree := named(2, "parent")
	tree.Children = []loadsim.Process{named(3, "child"), named(4, "child")}
	big := named(5, "big")
	big.Load = loadsim.Load{{Memory: 11 * mib}}
	r.spawn(tree, big)
	for id := uint32(2); id <= 4; id++ {
		require.ErrorContains(t, r.failed(id).Err, "the limit is 3: ask for fewer, or raise the limit of processes")
	}
	require.ErrorContains(t, r.failed(5).Err, "raise the limit of memory")

	require.NoError(t, r.Stop(1))
	r.exited(1)
	r.spawn(tree)
	r.born(4)
}

func TestTheKernelsRefusalIsTold(t *testing.T) {
	r := start(t, Settings{})
	notAnExecutable := r.folder.path + "/plain"
	require.NoError(t, os.WriteFile(notAnExecutable, []byte("text"), 0o600))
	r.folder.made["plain"] = true
	r.folder.made["missing"] = true
	tree := named(1, "plain")
	tree.Children = []loadsim.Process{named(2, "child")}
	parent := named(3, "parent")
	parent.Children = []loadsim.Process{named(4, "missing")}
	r.spawn(tree, parent)
	require.ErrorIs(t, r.failed(1).Err, syscall.EACCES)
	require.ErrorIs(t, r.failed(2).Err, errParentFailed)
	require.ErrorIs(t, r.failed(4).Err, syscall.ENOENT)
	r.born(3)
}

// fillIn is the environment variable that makes the test binary a program
// that asks for a process which its user may not have.
const fillIn = "PHOENIX_TEST_FILL_IN"

func fillTable(dir string) {
	s, err := New(Settings{Dir: dir, MaxProcesses: 1, UserProcesses: 1}) // the zygote is one
	if err != nil {
		panic(err)
	}
	if err := s.Spawn(context.Background(), named(1, "one")); err != nil {
		panic(err)
	}
	e := <-s.Events()
	fmt.Println(e.Kind, e.Err)
	if err := s.Close(); err != nil {
		panic(err)
	}
	os.Exit(0)
}

// TestAFullProcessTableIsTold runs as somebody else if it has to: the kernel
// does not limit root.
func TestAFullProcessTableIsTold(t *testing.T) {
	dir, err := os.MkdirTemp("", "full-")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), fillIn+"="+dir)
	if os.Getuid() == 0 {
		const nobody = 65534
		require.NoError(t, os.Chown(dir, nobody, nobody))
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		c.Dir = "/"
	}
	said, err := c.CombinedOutput()
	require.NoError(t, err, string(said))
	require.Contains(t, string(said), fmt.Sprintf("%d the kernel makes no further process: %s", loadsim.Failed, syscall.EAGAIN))
	require.Contains(t, string(said), "ulimit -u")
	require.Empty(t, entries(t, dir))
}

// TestRubbishDoesNotEndTheRun sends what request never makes.
func TestRubbishDoesNotEndTheRun(t *testing.T) {
	r := start(t, Settings{})
	for _, text := range []string{"\x00", "1\x00", "x\x00y\x00", "1 9 3 0\x00a\x00b\x00", "1 1 99 0\x00a\x00b\x00\x00\x00", "1 -5 4 0\x00a\x00\x00\x00"} {
		frame := binary.NativeEndian.AppendUint32(nil, uint32(len(text)))
		_, err := r.zygote.requests.Write(append(frame, text...))
		require.NoError(t, err)
	}
	r.spawn(named(2, "two"))
	r.born(2)
	require.NoError(t, r.Close())
}

func TestSettingsSayAllThatIsWrong(t *testing.T) {
	_, err := New(Settings{MaxMemory: -1, UserProcesses: -1})
	for _, key := range []string{"MaxProcesses: must be", "MaxMemory: must be", "UserProcesses: must be"} {
		require.ErrorContains(t, err, key)
	}
	_, err = New(Settings{MaxProcesses: 1, Dir: "/nowhere"})
	require.ErrorContains(t, err, "check the folder that was given for it")
}

func TestAnIDIsUsedOnce(t *testing.T) {
	r := start(t, Settings{})
	r.spawn(named(1, "one"))
	twice := named(2, "two")
	twice.Children = []loadsim.Process{named(2, "three")}
	require.ErrorContains(t, r.Spawn(context.Background(), named(1, "again")), "ID 1 is in use")
	require.ErrorContains(t, r.Spawn(context.Background(), twice), "ID 2 is in use")
}
