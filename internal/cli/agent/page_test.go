package agent

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// page serves what a collector might at its socket, and returns the agent file
// that names it.
func page(t *testing.T) (agentFile string) {
	t.Helper()
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, "page.sock"))
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("at") == "noon" {
			http.Error(w, `at: "noon" is no time`, http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, "%s of %s\n", r.URL, r.Host)
	}))
	server.Listener.Close()
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	return write(t, "agent.yaml", "state_directory: "+dir+"\n")
}

// agent runs a command line below phoenix agent.
func agent(args ...string) (string, error) {
	var out bytes.Buffer
	cmd := NewCommand()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(context.Background())
	return out.String(), err
}

func TestThePageIsAskedByItsSocket(t *testing.T) {
	file := page(t)
	for want, args := range map[string][]string{
		"/status?format=text":                           {"status"},
		"/attempts?format=json":                         {"attempts", "--json"},
		"/decisions?format=text&name=a%26b&pid=812":     {"explain", "--pid", "812", "--name", "a&b"},
		"/decisions?at=2026-01-31T12%3A00%3A00Z&format": {"explain", "--at", "2026-01-31T12:00:00Z"},
	} {
		out, err := agent(append(args, "--agent-file", file)...)
		require.NoError(t, err)
		require.Contains(t, out, want)
		require.Contains(t, out, " of page\n")
	}
}

func TestWhatTheCollectorAnswersInsteadIsTheError(t *testing.T) {
	_, err := agent("explain", "--at", "noon", "--agent-file", page(t))
	require.EqualError(t, err, "/decisions of the collector: 400 Bad Request: at: \"noon\" is no time\n")
}

func TestACollectorThatDoesNotRunIsSaid(t *testing.T) {
	_, err := agent("status", "--socket", filepath.Join(t.TempDir(), "page.sock"))
	require.ErrorContains(t, err, "page.sock: ")
	require.ErrorContains(t, err, "; see whether it runs, and whether you are of its group")
	_, err = agent("status", "--agent-file", "/nowhere/agent.yaml")
	require.ErrorContains(t, err, "no such file or directory; --socket names the page's socket")
}
