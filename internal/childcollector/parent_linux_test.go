package childcollector

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// started is when a process was started, in clock ticks since boot, which
// tells it from another of the same PID; empty if it does not run.
func started(pid int) string {
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

func TestACollectorEndsWithItsParent(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentMarker+"=1", "TMPDIR="+t.TempDir())
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	child, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	before := started(child)
	require.NotEmpty(t, before)

	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait()) // killed
	require.Eventually(t, func() bool { return started(child) != before }, time.Minute, time.Millisecond)
}

// Ctrl-C in a terminal goes to a process group: the collector has one of its
// own, so that its parent ends it.
func TestACollectorIsInAGroupOfItsOwn(t *testing.T) {
	c, records, _ := run(t, "serve")
	<-records
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.PID()))
	require.NoError(t, err)
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	require.Equal(t, strconv.Itoa(c.PID()), fields[2])
}
