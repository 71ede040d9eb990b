package try_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/tests/built"
)

func TestThreeScrapesThenCtrlC(t *testing.T) {
	busy(t)
	r := try(t, "--interval", "1s", "--json", "--k", "5", "--listen", built.FreeAddress(t))
	var s scrape
	for i := 1; i <= 3; i++ {
		s = r.next(t)
		require.Equal(t, i, s.Number)
		requireSound(t, s)
		for _, k := range s.Kept {
			require.NotNil(t, k.Why, "%s (%d)", k.Name, k.PID)
		}
	}
	require.NotNil(t, s.Named.CPU, "this test itself used some")
	require.True(t, alive(s.Collector.PID))
	r.signalAndEnd(t, syscall.SIGINT, s.Collector.PID)
	require.Contains(t, r.stderr.String(), " fewer\ntotals     integers off by 0, doubles by ")
}

// busy uses some CPU time until the test ends: on an idle host a whole second can
// pass in which the kernel charges nobody.
func busy(t *testing.T) {
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(10 * time.Millisecond):
				for until := time.Now().Add(10 * time.Millisecond); time.Now().Before(until); {
				}
			}
		}
	}()
}

func TestTextThenSIGTERM(t *testing.T) {
	r := try(t, "--interval", "1s", "--k", "5", "--listen", built.FreeAddress(t))
	var text strings.Builder
	for !strings.Contains(text.String(), "scrape 3\n") {
		require.True(t, r.lines.Scan(), "no third scrape came: %v", r.lines.Err())
		text.WriteString(r.lines.Text() + "\n")
	}
	require.NoError(t, r.cmd.Process.Signal(syscall.SIGTERM))
	for r.lines.Scan() {
		text.WriteString(r.lines.Text() + "\n")
	}
	require.NoError(t, r.cmd.Wait(), r.stderr.String())
	r.requireNoFiles(t)
	require.NotContains(t, text.String(), "\x1b", "what is no terminal gets no colours")
	require.NotContains(t, text.String(), "at the endpoint so far", "the endpoint has every kept process")
	for _, label := range []string{"processes", "series", "named", "totals", "collector"} {
		require.GreaterOrEqual(t, strings.Count(text.String(), "\n"+label+" "), 2, label)
	}
	require.Contains(t, text.String(), "KEPT FOR")
	require.Regexp(t, `\n\d+ scrapes in \d+s\n`, text.String())
	for _, line := range strings.Split(text.String(), "\n") {
		require.LessOrEqual(t, len([]rune(line)), 80, line)
	}
}

func TestADurationEndsItByItself(t *testing.T) {
	r := try(t, "--interval", "1s", "--duration", "4s", "--json", "--listen", built.FreeAddress(t))
	s := r.next(t)
	r.end(t, s.Collector.PID)
}

func TestTheCollectorDiesWithPhoenix(t *testing.T) {
	r := try(t, "--interval", "1s", "--json", "--listen", built.FreeAddress(t))
	s := r.next(t)
	require.NoError(t, r.cmd.Process.Kill())
	require.Error(t, r.cmd.Wait())
	require.Eventually(t, func() bool { return !alive(s.Collector.PID) }, patience, 50*time.Millisecond)
}

func TestPhoenixSaysHowTheCollectorDied(t *testing.T) {
	r := try(t, "--interval", "1s", "--json", "--listen", built.FreeAddress(t))
	s := r.next(t)
	require.NoError(t, syscall.Kill(s.Collector.PID, syscall.SIGKILL))
	_, _ = io.Copy(io.Discard, r.stdout)
	require.Error(t, r.cmd.Wait())
	require.Contains(t, r.stderr.String(), "phoenix: the collector ended: signal: killed; it said last:")
	r.requireNoFiles(t)
}

func TestAReaderThatGoesAwayEndsIt(t *testing.T) {
	r := try(t, "--interval", "1s", "--json", "--listen", built.FreeAddress(t))
	s := r.next(t)
	require.NoError(t, r.stdout.Close())
	require.NoError(t, r.cmd.Wait(), r.stderr.String())
	require.False(t, alive(s.Collector.PID))
	r.requireNoFiles(t)
}

func TestABusyPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	r := try(t, "--listen", l.Addr().String())
	require.Error(t, r.cmd.Wait())
	require.Contains(t, r.stderr.String(), "phoenix: --listen: the port of "+l.Addr().String()+" is taken")
	r.requireNoFiles(t)
}

func TestNoScrape(t *testing.T) {
	r := try(t, "--interval", "1s", "--set", `include_names=["^no process has this name$"]`, "--duration", "10s", "--listen", built.FreeAddress(t))
	_, _ = io.Copy(io.Discard, r.stdout)
	require.Error(t, r.cmd.Wait(), "nothing was tried")
	r.requireNoFiles(t)
	require.Contains(t, r.stderr.String(), "note: no scrape for 3s: ")
	require.Contains(t, r.stderr.String(), "phoenix: no scrape in 10s: raise --duration")
	require.Contains(t, r.stderr.String(), "include_names")
}

// TestTheConfigurationIsValid asks the collector about what --print-config
// prints, for every template.
func TestTheConfigurationIsValid(t *testing.T) {
	for _, template := range []string{"process-topk-v1", "process-baseline-v1"} {
		t.Run(template, func(t *testing.T) {
			config, err := exec.Command(built.Program(t, "phoenix"), "try", "--print-config", "--template", template).Output()
			require.NoError(t, err)
			file := filepath.Join(t.TempDir(), "config.yaml")
			require.NoError(t, os.WriteFile(file, config, 0o600))
			said, err := exec.Command(built.Program(t, "otelcol-phoenix"), "validate", "--config", file).CombinedOutput()
			require.NoError(t, err, string(said))
		})
	}
}

// TestAnOrdinaryUser runs everything as one who may not read what others do: a
// test by root as nobody, from a folder that nobody may read.
func TestAnOrdinaryUser(t *testing.T) {
	phoenix, collector := built.Program(t, "phoenix"), built.Program(t, "otelcol-phoenix")
	attributes := &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		phoenix, collector = publish(t, phoenix), publish(t, collector)
		attributes.Credential = &syscall.Credential{Uid: 65534, Gid: 65534}
	}
	cmd := exec.Command(phoenix, "try", "--collector", collector, "--interval", "1s", "--json", "--listen", built.FreeAddress(t))
	cmd.SysProcAttr = attributes
	r := start(t, cmd)
	r.next(t)
	s := r.next(t)
	requireSound(t, s)
	require.Positive(t, s.Processes.WithoutIO, "the disk I/O of root's processes is not for others to read")
	r.signalAndEnd(t, syscall.SIGINT, s.Collector.PID)
}

// publish copies a program to where every user may run it.
func publish(t *testing.T, path string) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.Chmod(folder, 0o755))               // for all to read
	require.NoError(t, os.Chmod(filepath.Dir(folder), 0o755)) // for all to read
	copied := filepath.Join(folder, filepath.Base(path))
	in, err := os.Open(path)
	require.NoError(t, err)
	defer in.Close()
	out, err := os.OpenFile(copied, os.O_CREATE|os.O_WRONLY, 0o755) // for all to run
	require.NoError(t, err)
	_, err = io.Copy(out, in)
	require.NoError(t, err)
	require.NoError(t, out.Close())
	return copied
}

// get reads a page.
func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url) // a loopback address of the test's own
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	return string(body)
}
