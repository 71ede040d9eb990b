//go:build linux

package crowd

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// parentMarker makes the test binary a program that starts a crowd, for the
// test that kills one.
const parentMarker = "PHOENIX_CROWD_TEST_PARENT"

func TestMain(m *testing.M) {
	RunIfChild()
	if os.Getenv(parentMarker) != "" {
		beParent()
	}
	goleak.VerifyTestMain(m)
}

// beParent starts a crowd, prints its PIDs on a line and waits for its end.
func beParent() {
	c, err := Start(context.Background(), Settings{Idle: 20, Busy: 3, Churn: 20})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for len(c.PIDs()) < 25 { // until some are born
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Println(strings.Trim(fmt.Sprint(c.PIDs()), "[]"))
	select {}
}

// started is when a process was started, in clock ticks since boot, which
// tells it from another of the same PID; empty if it does not run.
func started(t *testing.T, pid int) string {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if fields[0] == "Z" {
		return ""
	}
	return fields[19]
}

func startedAll(t *testing.T, pids []int) map[int]string {
	t.Helper()
	all := map[int]string{}
	for _, pid := range pids {
		all[pid] = started(t, pid)
	}
	return all
}

func requireGone(t *testing.T, before map[int]string) {
	t.Helper()
	for pid, at := range before {
		if at != "" {
			require.NotEqual(t, at, started(t, pid), "process %d still runs", pid)
		}
	}
}

func start(t *testing.T, s Settings) *Crowd {
	t.Helper()
	c, err := Start(context.Background(), s)
	require.NoError(t, err)
	t.Cleanup(c.Stop)
	return c
}

func TestEachRunsUnderItsName(t *testing.T) {
	c := start(t, Settings{Idle: 100, Busy: 12})
	sleep, err := exec.LookPath("sleep")
	require.NoError(t, err)
	sleep, err = filepath.EvalSymlinks(sleep)
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)

	members := c.Members()
	require.Len(t, members, 112)
	names, busy := map[string]bool{}, 0
	for _, m := range members {
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", m.PID))
		require.NoError(t, err)
		require.Equal(t, m.Name+"\n", string(comm))
		exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", m.PID))
		require.NoError(t, err)
		want := sleep
		if m.CPU > 0 {
			want = self
			busy++
		}
		require.Equal(t, want, exe)
		names[m.Name] = true
	}
	require.Equal(t, 12, busy)
	require.Len(t, names, 112, "lasting processes have names of their own")
	require.Contains(t, names, "nginx")
	require.Contains(t, names, "nginx-0003")
}

func TestSharesOfACoreSpanTheRangeAskedFor(t *testing.T) {
	s := Settings{Busy: 3, MinCPU: 0.01, MaxCPU: 0.04}
	require.InDelta(t, 0.04, s.share(0), 1e-12)
	require.InDelta(t, 0.02, s.share(1), 1e-12)
	require.InDelta(t, 0.01, s.share(2), 1e-12)
	require.Equal(t, 0.04, Settings{Busy: 1, MinCPU: 0.01, MaxCPU: 0.04}.share(0))
}

// cpuTicks is the CPU time that a process used, in clock ticks.
func cpuTicks(t *testing.T, pid int) int {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	require.NoError(t, err)
	system, err := strconv.Atoi(fields[12])
	require.NoError(t, err)
	return user + system
}

// A busy process works, and no more than it was told to, however busy the host
// is.
func TestBusyOnesUseTheirShare(t *testing.T) {
	begin := time.Now()
	c := start(t, Settings{Idle: 1, Busy: 1, MaxCPU: 0.25})
	for _, m := range c.Members() {
		if m.CPU == 0 {
			require.Less(t, cpuTicks(t, m.PID), 10)
			continue
		}
		require.Eventually(t, func() bool { return cpuTicks(t, m.PID) > 50 }, time.Minute, 20*time.Millisecond)
		used, elapsed := float64(cpuTicks(t, m.PID))/100, time.Since(begin).Seconds()
		require.Less(t, used, 0.25*elapsed+0.2, "0.2 s are for the start of the process")
	}
}

func TestSomeAreBornAndEnd(t *testing.T) {
	c := start(t, Settings{Idle: 2, Busy: 1, Churn: 50, Seed: 7})
	seen := map[int]bool{}
	require.Eventually(t, func() bool {
		now := c.PIDs()
		for _, pid := range now {
			seen[pid] = true
		}
		return len(seen) > len(now)+20 // 20 that have ended
	}, time.Minute, 20*time.Millisecond)
}

func TestOneThatWasKilledIsNoMember(t *testing.T) {
	c := start(t, Settings{Idle: 3})
	gone := c.PIDs()[1]
	require.NoError(t, syscall.Kill(gone, syscall.SIGKILL))
	require.Eventually(t, func() bool { return len(c.PIDs()) == 2 }, time.Minute, time.Millisecond)
	require.NotContains(t, c.PIDs(), gone)
}

func TestStopLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	c := start(t, Settings{Idle: 30, Busy: 3, Churn: 50})
	require.Eventually(t, func() bool { return len(c.PIDs()) > 36 }, time.Minute, time.Millisecond)
	before := startedAll(t, c.PIDs())
	c.Stop()
	c.Stop()
	requireGone(t, before)
	require.Empty(t, c.PIDs())
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestTheContextEndsIt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c, err := Start(ctx, Settings{Idle: 5})
	require.NoError(t, err)
	before := startedAll(t, c.PIDs())
	cancel()
	<-c.done
	requireGone(t, before)
	c.Stop()
}

func TestNothingIsLeftWhenTheParentIsKilled(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentMarker+"=1", "TMPDIR="+t.TempDir())
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	var pids []int
	for _, field := range strings.Fields(line) {
		pid, err := strconv.Atoi(field)
		require.NoError(t, err)
		pids = append(pids, pid)
	}
	require.GreaterOrEqual(t, len(pids), 25)
	before := startedAll(t, pids)

	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait()) // killed
	for pid, at := range before {
		if at != "" {
			require.Eventually(t, func() bool { return started(t, pid) != at }, time.Minute, time.Millisecond,
				"process %d still runs", pid)
		}
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		settings Settings
		message  string
	}{
		"negative":   {Settings{Idle: -1}, "start processes: idle -1, busy 0: a number of processes is 0 or more"},
		"churn":      {Settings{Churn: -2}, "start processes: churn -2: births per second are 0 to 1000"},
		"many cores": {Settings{MaxCPU: 2}, "start processes: CPU from 0.02 to 2: shares of a core are above 0 and at most 1, the least first"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Start(context.Background(), c.settings)
			require.EqualError(t, err, c.message)
		})
	}
}

func TestABinaryThatWouldRunItselfIsRefused(t *testing.T) {
	asked = false
	defer func() { asked = true }()
	_, err := Start(context.Background(), Settings{Busy: 1})
	require.EqualError(t, err, "start processes: busy processes need crowd.RunIfChild to be called first in main or TestMain")
}

func TestNothingIsLeftWhenOneCannotStart(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Start(context.Background(), Settings{Idle: 1})
	require.ErrorContains(t, err, "idle processes are those of sleep(1)")
}
