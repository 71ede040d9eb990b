package api

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// program is the built control plane while it runs.
type program struct {
	url string
	cmd *exec.Cmd
}

// start builds and starts the program on a data folder.
func start(t *testing.T, dir string) *program {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "phoenix-controlplane")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/phoenix-platform/phoenix/cmd/phoenix-controlplane").CombinedOutput()
	require.NoError(t, err, string(out))
	p := &program{cmd: exec.Command(binary, "--data-dir", dir, "--listen", "127.0.0.1:0", "--log-level", "warn")}
	p.cmd.Stderr = os.Stderr
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { p.stop(t) })
	lines := bufio.NewReader(stdout)
	line, err := lines.ReadString('\n')
	require.NoError(t, err, "it says where it listens")
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	_, address, _ := strings.Cut(strings.TrimSpace(line), "listening on ")
	p.url = "http://" + address
	return p
}

func (p *program) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, p.cmd.Wait())
}

// cpu is the time that the program used of a processor since it started.
func (p *program) cpu(t *testing.T) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(text), ") ")
	var ticks int64
	for _, field := range strings.Fields(rest)[11:13] { // utime, stime
		n, err := strconv.ParseInt(field, 10, 64)
		require.NoError(t, err)
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}

// resident is the program's memory as the system counts it.
func (p *program) resident(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}
