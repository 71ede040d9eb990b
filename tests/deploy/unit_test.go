package deploy

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/tests/built"
)

const (
	folder      = "../../deploy/"
	program     = "/usr/bin/otelcol-phoenix"
	environment = "/etc/otelcol-phoenix/otelcol-phoenix.conf"
	agentFile   = "/etc/otelcol-phoenix/agent.yaml"
)

// directive is one of the unit, by its section and name.
type directive struct{ section, name string }

// unit reads the unit. A directive stands once in it.
func unit(t *testing.T) map[directive]string {
	t.Helper()
	all, section := map[directive]string{}, ""
	for line := range strings.Lines(read(t, "otelcol-phoenix.service")) {
		switch line = strings.TrimSpace(line); {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
		default:
			name, value, found := strings.Cut(line, "=")
			require.True(t, found, line)
			d := directive{section, name}
			require.NotContains(t, all, d)
			all[d] = value
		}
	}
	return all
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(folder + name)
	require.NoError(t, err)
	return string(text)
}

// A collector that ends in a trial goes back at its next start, which must come
// soon, and however often it ended before.
func TestTheUnitAlwaysStartsTheCollectorAgain(t *testing.T) {
	all := unit(t)
	require.Equal(t, "0", all[directive{"Unit", "StartLimitIntervalSec"}])
	require.Equal(t, "always", all[directive{"Service", "Restart"}])
	require.Equal(t, "1", all[directive{"Service", "RestartSec"}])
	require.Equal(t, "continue", all[directive{"Service", "OOMPolicy"}], "else the end of the child that validates ends the collector")
	stop, err := time.ParseDuration(all[directive{"Service", "TimeoutStopSec"}] + "s")
	require.NoError(t, err)
	require.LessOrEqual(t, stop, 30*time.Second)
}

// What the scraper reads of other users' processes is there, and nothing more
// than that is granted.
func TestTheUnitLetsProcessesBeRead(t *testing.T) {
	all := unit(t)
	const needed = "CAP_SYS_PTRACE CAP_DAC_READ_SEARCH"
	require.Equal(t, needed, all[directive{"Service", "CapabilityBoundingSet"}])
	require.Equal(t, needed, all[directive{"Service", "AmbientCapabilities"}])
	require.Equal(t, "default", all[directive{"Service", "ProtectProc"}])
	require.Equal(t, "all", all[directive{"Service", "ProcSubset"}])
	require.NotContains(t, all, directive{"Service", "PrivateUsers"}, "capabilities would not count for other users' processes")
}

// The unit, its environment and the agent file name each other by upstream's
// layout.
func TestTheFilesFindEachOther(t *testing.T) {
	all := unit(t)
	require.Equal(t, program+" $OTELCOL_OPTIONS", all[directive{"Service", "ExecStart"}])
	require.Equal(t, environment, all[directive{"Service", "EnvironmentFile"}])
	require.Contains(t, read(t, filepath.Base(environment)), "\nOTELCOL_OPTIONS=\"--config=phoenix:"+agentFile+"\"\n")
	require.Contains(t, read(t, filepath.Base(agentFile)), "\nstate_directory: /var/lib/"+all[directive{"Service", "StateDirectory"}]+"\n")
}

// systemd says nothing about a unit that is in order, and names what it does
// not know. Where it is not installed, the names are compared with those of
// testdata/directives.txt, which systemd 252 knows.
func TestSystemdKnowsTheUnit(t *testing.T) {
	requireKnown(t)
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Logf("%v: compared with testdata/directives.txt alone", err)
		return
	}
	installed := strings.ReplaceAll(read(t, "otelcol-phoenix.service"), program, built.Program(t, "otelcol-phoenix"))
	require.Empty(t, verify(t, analyze, installed))
	require.Contains(t, verify(t, analyze, installed+"\nNoSuchKey=yes\n"), "NoSuchKey", "verify is of use")
}

// requireKnown compares the unit's directives with those that systemd took.
func requireKnown(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile("testdata/directives.txt")
	require.NoError(t, err)
	known := strings.Fields(string(text))
	for d := range unit(t) {
		require.Contains(t, known, d.section+"."+d.name, "add it once systemd-analyze verify has nothing to say")
	}
}

// verify returns what systemd-analyze says of a unit.
func verify(t *testing.T, analyze, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "otelcol-phoenix.service")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	out, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(bytes.TrimSpace(out))
}
