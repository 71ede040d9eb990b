//go:build linux

package spawn

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// proc reads a file of a process in /proc.
func proc(t testing.TB, pid int, file string) string {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	require.NoError(t, err)
	return string(content)
}

// status is a line of /proc/PID/status.
func status(t testing.TB, pid int, key string) string {
	t.Helper()
	_, after, found := strings.Cut(proc(t, pid, "status"), "\n"+key+":")
	require.True(t, found, key)
	line, _, _ := strings.Cut(after, "\n")
	return strings.TrimSpace(line)
}

func parentOf(t testing.TB, pid int) int {
	t.Helper()
	parent, err := strconv.Atoi(status(t, pid, "PPid"))
	require.NoError(t, err)
	return parent
}

func sessionOf(t testing.TB, pid int) string {
	t.Helper()
	_, after, _ := strings.Cut(proc(t, pid, "stat"), ") ")
	return strings.Fields(after)[3]
}

func TestAProcessIsBornUnderItsOwnNames(t *testing.T) {
	for name, p := range map[string]loadsim.Process{
		"path and arguments": {Path: "usr/sbin/nginx", Args: []string{"nginx: master process /usr/sbin/nginx", "-g", "daemon off;"}},
		"empty arguments":    {Path: "bin/sh", Args: []string{"", "", "-c", ""}},
		"long name":          {Path: "opt/a-name-longer-than-fifteen", Args: []string{"x"}},
		"any bytes":          {Path: "opt/µ (x) y", Args: []string{"-é\n\xff"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, Settings{})
			p.ID = 7
			r.spawn(p)
			pid := r.born(7).PID
			exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
			require.NoError(t, err)
			require.Equal(t, filepath.Join(r.Dir(), p.Path), exe)
			comm := filepath.Base(p.Path)
			require.Equal(t, comm[:min(15, len(comm))]+"\n", proc(t, pid, "comm"))
			require.Equal(t, strings.Join(p.Args, "\x00")+"\x00", proc(t, pid, "cmdline"))
			require.Equal(t, r.PID(), parentOf(t, pid))
		})
	}
}

func TestATreeIsBornByItsOwnMembers(t *testing.T) {
	r := start(t, Settings{})
	tree := named(1, "grandparent")
	child := named(2, "parent")
	child.Children = []loadsim.Process{named(3, "child"), named(4, "child")}
	tree.Children = []loadsim.Process{child, named(5, "uncle")}
	r.spawn(tree)
	for id, parent := range map[uint32]uint32{2: 1, 3: 2, 4: 2, 5: 1} {
		pid := r.born(id).PID
		require.Equal(t, r.born(parent).PID, r.born(id).Parent)
		require.Equal(t, r.born(parent).PID, parentOf(t, pid))
	}

	require.NoError(t, r.Stop(2))
	require.Equal(t, -15, r.exited(2).Status)
	require.Eventually(t, func() bool { return parentOf(t, r.born(3).PID) == r.PID() }, patience, time.Millisecond)
	require.NoError(t, r.Stop(3))
	require.Equal(t, r.born(3).PID, r.exited(3).PID, "told by the zygote, which adopted it")
}

func TestASessionOfItsOwn(t *testing.T) {
	r := start(t, Settings{})
	leader := named(1, "leader")
	leader.Session = true
	leader.Children = []loadsim.Process{named(2, "member")}
	r.spawn(leader, named(3, "other"))
	pid := strconv.Itoa(r.born(1).PID)
	require.Equal(t, pid, sessionOf(t, r.born(1).PID))
	require.Equal(t, pid, sessionOf(t, r.born(2).PID))
	require.Equal(t, strconv.Itoa(r.PID()), sessionOf(t, r.born(3).PID))
}

func TestADetachedProcessIsAdopted(t *testing.T) {
	r := start(t, Settings{})
	daemon := named(2, "daemon")
	daemon.Detach, daemon.Session = true, true
	daemon.Lifetime = 100 * time.Millisecond
	starter := named(1, "starter")
	starter.Children = []loadsim.Process{daemon}
	top := named(3, "top")
	top.Detach = true
	r.spawn(starter, top)
	require.Equal(t, r.PID(), r.born(2).Parent)
	require.Equal(t, r.PID(), parentOf(t, r.born(3).PID))
	require.Equal(t, r.born(2).PID, r.exited(2).PID)
	require.Zero(t, r.exited(2).Status)
}

func TestOnlyWhoBearsHoldsThePipeOfEvents(t *testing.T) {
	r := start(t, Settings{})
	parent := named(1, "parent")
	parent.Children = []loadsim.Process{named(2, "leaf")}
	r.spawn(parent)
	require.Equal(t, []string{"0", "1", "2"}, descriptors(t, r.born(1).PID))
	leaf := r.born(2).PID // it closes the pipe right after it has told
	require.Eventually(t, func() bool { return slices.Equal([]string{"0", "2"}, descriptors(t, leaf)) }, patience, time.Millisecond)
}

func descriptors(t *testing.T, pid int) []string {
	var names []string
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	require.NoError(t, err)
	for _, fd := range all {
		names = append(names, fd.Name())
	}
	return names
}
