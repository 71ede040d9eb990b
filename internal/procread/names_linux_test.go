package procread

import (
	"bufio"
	"os"
	"os/exec"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// startNamed runs a real process of any name of at most 15 bytes.
func startNamed(t testing.TB, name string) *exec.Cmd {
	t.Helper()
	return startWith(t, "PROCREAD_NAME="+name)
}

// startWith runs what TestMain makes of this variable.
func startWith(t testing.TB, variable string) *exec.Cmd {
	t.Helper()
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), variable)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	require.NoError(t, err)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_ = in.Close()
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	ready, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", ready)
	return c
}

// A process can take any name of 15 bytes without a zero. What is no UTF-8 in
// it is replaced, since no attribute may have it.
func TestRealProcessesOfAnyName(t *testing.T) {
	names := map[string]string{
		"(": "(", ")": ")", ") R 1 1 1 (": ") R 1 1 1 (", "a\nb": "a\nb", `a\nb\`: `a\nb\`, "\n": "\n", " ": " ", "  x ": "  x ",
		"\t\r\x1b[0m": "\t\r\x1b[0m", "a\xffb": "a�b", "\xc3": "�", "Größe": "Größe", "": "", "\x01\x7f": "\x01\x7f",
	}
	pids := map[int32]string{}
	for name, want := range names {
		pids[int32(startNamed(t, name).Process.Pid)] = want
	}
	r := open(t, "/", Settings{Want: allFiles})
	for range 2 {
		all, tally := scrape(t, r)
		require.Zero(t, tally.Unreadable[bit(StatFile)], "%v", tally.First)
		require.Zero(t, tally.Unreadable[bit(StatusFile)], "%v", tally.First)
		for pid, want := range pids {
			require.Equal(t, want, all[pid].Name)
			require.EqualValues(t, os.Getpid(), all[pid].Stat.Parent)
			require.Positive(t, all[pid].Stat.Threads)
		}
	}
}

// Of arguments, too, what is no UTF-8 is replaced.
func TestRealArgumentsOfAnyBytes(t *testing.T) {
	pid := int32(start(t, "sh", "-c", "sleep 100; :", "\xff\xfe", "a\nb", "", "(x)").Process.Pid)
	all, tally := scrape(t, open(t, "/", Settings{Want: CmdlineFile | ExeFile}))
	require.Zero(t, tally.Unreadable[bit(CmdlineFile)])
	require.Equal(t, "sh -c sleep 100; : � a\nb  (x)", all[pid].CommandLine)
	for _, p := range all {
		require.True(t, utf8.ValidString(p.Name+p.Command+p.CommandLine+p.Path), "process %d", p.PID)
	}
}

// What stat may have escaped is as comm has it.
func TestNamesThatStatMayHaveEscaped(t *testing.T) {
	tr := newTree(t)
	tr.process(t, 7, `a\nb\\`, Stat{})
	tr.write(t, "7/comm", "a\nb\\\n")
	tr.process(t, 8, `a\nb`, Stat{})
	r := open(t, tr.root, Settings{Refresh: time.Hour})
	for i := range 2 {
		all, tally := scrape(t, r)
		require.Equal(t, "a\nb\\", all[7].Name)
		require.Equal(t, `a\nb`, all[8].Name, "there is no comm")
		require.Equal(t, 2*(1-i), tally.AttributeReads)
	}
}
