package supervise

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// parentMarker makes the test binary a supervisor of what its arguments are.
const parentMarker = "PHOENIX_SUPERVISE_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(parentMarker) != "" {
		os.Exit(supervise())
	}
	os.Exit(m.Run())
}

func supervise() int {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1)
	code, err := Run(Settings{
		Program: os.Args[1], Args: os.Args[2:], Signals: signals,
		Say:       func(sentence string) { fmt.Println("say:", sentence) },
		firstWait: 10 * time.Millisecond, longestWait: 20 * time.Millisecond,
	})
	if err != nil {
		fmt.Println("say:", err)
		return 1
	}
	return code
}

// supervised is a supervisor in a process of its own.
type supervised struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines *bufio.Scanner
	seen  []string
}

func start(t *testing.T, args ...string) *supervised {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), parentMarker+"=1")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return &supervised{t: t, cmd: cmd, lines: bufio.NewScanner(out)}
}

// shell supervises a script.
func shell(t *testing.T, script string) *supervised { return start(t, "/bin/sh", "-c", script) }

// until reads lines up to the n-th that has a text, and returns that.
func (s *supervised) until(text string, n int) string {
	s.t.Helper()
	for s.lines.Scan() {
		s.seen = append(s.seen, s.lines.Text())
		if strings.Contains(s.lines.Text(), text) {
			if n--; n == 0 {
				return s.lines.Text()
			}
		}
	}
	require.Fail(s.t, "there is no such line", "%q in\n%s", text, strings.Join(s.seen, "\n"))
	return ""
}

func (s *supervised) signal(sig os.Signal) {
	s.t.Helper()
	require.NoError(s.t, s.cmd.Process.Signal(sig))
}

// code waits for the end and returns its code.
func (s *supervised) code() int {
	for s.lines.Scan() {
		s.seen = append(s.seen, s.lines.Text())
	}
	_ = s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode()
}

func TestAProgramIsStartedAgainHoweverItEnds(t *testing.T) {
	for script, why := range map[string]string{
		"exit 0": "exit status 0", "exit 3": "exit status 3", "kill -9 $$": "killed by SIGKILL, as for want of memory", "kill -11 $$": "killed by SIGSEGV",
	} {
		s := shell(t, script)
		require.Contains(t, s.until("ended after", 5), ": "+why+"; it is started again in 20ms", "it does not give up")
		s.signal(syscall.SIGTERM)
		s.code()
	}
}

func TestAProgramThatIsToldToEndEndsWithItsCode(t *testing.T) {
	s := shell(t, `trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.01; done`)
	s.until("ready", 1)
	s.signal(syscall.SIGTERM)
	require.Equal(t, 7, s.code())
	require.Contains(t, s.seen, "bye")
	require.Contains(t, s.seen, "say: sh was told to end, and did: exit status 7")
}

func TestAProgramThatASignalEndsHasTheCodeOfAShell(t *testing.T) {
	s := shell(t, `echo ready; exec sleep 60`)
	s.until("ready", 1)
	s.signal(syscall.SIGINT)
	require.Equal(t, 130, s.code())
}

func TestOtherSignalsAreForwarded(t *testing.T) {
	s := shell(t, `trap 'echo reload' HUP; trap 'echo user' USR1; trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done`)
	s.until("ready", 1)
	s.signal(syscall.SIGHUP)
	s.until("reload", 1)
	s.signal(syscall.SIGUSR1)
	s.until("user", 1)
	s.signal(syscall.SIGTERM)
	require.Zero(t, s.code())
}

// What the program leaves behind ends with it, and is waited for.
func TestNothingIsLeftBehind(t *testing.T) {
	s := shell(t, `sleep 600 & echo left $!; sleep 0.05; exit 1`)
	left := strings.TrimPrefix(s.until("left ", 1), "left ")
	s.until("ended after", 1)
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join("/proc", left))
		return os.IsNotExist(err)
	}, 10*time.Second, 10*time.Millisecond, "process %s", left)
	s.signal(syscall.SIGTERM)
	s.code()
}

func TestAProgramThatIsNotThereIsSaidAtOnce(t *testing.T) {
	s := start(t, "/nowhere/otelcol-phoenix")
	require.Equal(t, 1, s.code())
	require.Equal(t, []string{"say: start /nowhere/otelcol-phoenix: fork/exec /nowhere/otelcol-phoenix: no such file or directory; give the path of a program behind --"}, s.seen)
}

// An upgrade may take the program away for a moment.
func TestAProgramThatIsGoneForAMomentIsStartedAgain(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	require.NoError(t, os.Symlink("/bin/false", program))
	s := start(t, program)
	s.until("exit status 1", 1)
	require.NoError(t, os.Remove(program))
	s.until("no such file or directory; it is started again", 2)
	require.NoError(t, os.Symlink("/bin/false", program))
	s.until("exit status 1", 2)
	s.signal(syscall.SIGTERM)
	s.code()
}

func TestWaitsGrowToALimitAndBeginAnew(t *testing.T) {
	b := backoff{first: firstWait, longest: longestWait}
	var waits []time.Duration
	for _, ran := range []time.Duration{0, time.Second, 0, 0, 0, steadyAfter, 0} {
		waits = append(waits, b.after(ran)/time.Second)
	}
	require.Equal(t, []time.Duration{1, 2, 4, 5, 5, 1, 2}, waits)
}
