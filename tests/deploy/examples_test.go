package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/catalog"
	"github.com/phoenix-platform/phoenix/tests/built"
)

// installed puts the examples into a folder, as they are in /etc, with the
// tokens that they name. It returns the agent file.
func installed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"agent.yaml", "config.yaml"} {
		text := strings.ReplaceAll(read(t, name), "/etc/otelcol-phoenix", dir)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	for _, token := range []string{"enrolment-token", "destination-token"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, token), []byte("secret\n"), 0o600))
	}
	return filepath.Join(dir, "agent.yaml")
}

func check(t *testing.T, agentFile string, arguments ...string) (string, error) {
	t.Helper()
	out, err := exec.Command(built.Program(t, "phoenix"), append([]string{"agent", "check", "--agent-file", agentFile}, arguments...)...).CombinedOutput()
	return string(out), err
}

func TestTheExampleOfAnAgentFileIsInOrder(t *testing.T) {
	file := installed(t)
	out, err := check(t, file)
	require.NoError(t, err, out)
	require.Equal(t, file+" is in order, and allows what config_files say.\n", out, "no note")
}

func TestTheExampleAllowsEveryTemplate(t *testing.T) {
	file := installed(t)
	require.NotEmpty(t, catalog.Names())
	for _, template := range catalog.Names() {
		out, err := check(t, file, "--template", template)
		require.NoError(t, err, out)
	}
}

// The bound that the example sets is obeyed, so it shows how to set one.
func TestTheExampleBoundsK(t *testing.T) {
	file := installed(t)
	remote := filepath.Join(t.TempDir(), "remote.yaml")
	require.NoError(t, os.WriteFile(remote, []byte("processors: {topk/phoenix: {rank_by: [{metric: cpu, k: 101}]}}\n"), 0o600))
	out, err := check(t, file, remote)
	require.Error(t, err)
	require.Contains(t, out, "processors::topk/phoenix::rank_by::0::k: \"101\" is above 100;")
}

// The owner's example also runs without the agent.
func TestTheExampleOfAnOwnersConfigurationIsValid(t *testing.T) {
	collector := built.Program(t, "otelcol-phoenix")
	out, err := exec.Command(collector, "validate", "--config", folder+"config.yaml").CombinedOutput()
	require.NoError(t, err, string(out))
	out, err = exec.Command(collector, "validate", "--config", "phoenix:"+installed(t)).CombinedOutput()
	require.NoError(t, err, string(out))
}
