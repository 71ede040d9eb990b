package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// read reads the settings of a command line, as the program does.
func read(t *testing.T, args ...string) (settings, error) {
	t.Helper()
	var set settings
	var err error
	cmd := newCommand()
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		set, err = loadSettings(settingFlags(cmd))
		return err
	}
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(append([]string{}, args...))
	return set, cmd.ExecuteContext(t.Context())
}

func settingsFile(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "settings.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestAFlagWinsOverTheEnvironmentAndThatOverTheFile(t *testing.T) {
	path := settingsFile(t, "listen: 127.0.0.1:1\nlog-level: warn\nmetrics-retention: 48h\nallowed-hosts: [a.example, b.example]\n")
	t.Setenv("PHOENIX_LISTEN", "127.0.0.1:2")
	t.Setenv("PHOENIX_LOG_LEVEL", "error")
	t.Setenv("PHOENIX_TRUSTED_PROXIES", "10.0.0.0/8,192.0.2.1")
	set, err := read(t, "--config", path, "--listen", "127.0.0.1:3")
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:3", set.Listen)
	require.Equal(t, "error", set.LogLevel)
	require.Equal(t, 48*time.Hour, set.MetricsRetention)
	require.Equal(t, []string{"a.example", "b.example"}, set.AllowedHosts)
	require.Equal(t, []string{"10.0.0.0/8", "192.0.2.1"}, set.TrustedProxies)
	require.Equal(t, "phoenix-data", set.DataDir, "the default")
}

func TestUnknownSettingsAreErrorsAllAtOnce(t *testing.T) {
	t.Setenv("PHOENIX_LISTENER", "x")
	t.Setenv("PHOENIX_HELP", "true")
	_, err := read(t, "--config", settingsFile(t, "lisen: x\nlog: {level: info}\n"))
	for _, key := range []string{"lisen is no setting", "log::level is no setting", "PHOENIX_LISTENER is no setting", "PHOENIX_HELP is no setting"} {
		require.ErrorContains(t, err, key)
	}
	_, err = read(t, "--lisen", "x")
	require.ErrorContains(t, err, "unknown flag")
	_, err = read(t, "--config", "/nowhere.yaml")
	require.ErrorContains(t, err, "check --config")
}

func TestEveryWrongSettingIsTold(t *testing.T) {
	_, err := read(t, "--listen", "4320", "--data-dir=", "--tls-cert", "x", "--metrics-retention", "1h", "--metrics-max-bytes", "1",
		"--prometheus-url", "prometheus:9090", "--traces-url", "/v1/traces", "--trusted-proxies", "everyone", "--log-level", "loud", "--log-format", "xml")
	for _, key := range []string{"listen:", "data-dir:", "tls-cert, tls-key:", "metrics-retention:", "metrics-max-bytes:", "prometheus-url:", "traces-url:", "trusted-proxies:", "log-level:", "log-format:"} {
		require.ErrorContains(t, err, key)
	}
}

func TestLimitsOfSettingsAreAllowed(t *testing.T) {
	_, err := read(t, "--metrics-retention", "2h", "--metrics-max-bytes", "67108864", "--prometheus-url", "https://prometheus.example")
	require.NoError(t, err)
}

func TestLoopback(t *testing.T) {
	for listen, want := range map[string]bool{
		"127.0.0.1:1": true, "localhost:1": true, "[::1]:1": true, "127.9.9.9:1": true,
		"0.0.0.0:1": false, ":1": false, "[::]:1": false, "10.0.0.1:1": false, "example.com:1": false,
	} {
		require.Equal(t, want, settings{Listen: listen}.loopback(), listen)
	}
}

// TestTheGuideHasEverySetting compares docs/control-plane.md with the flags.
func TestTheGuideHasEverySetting(t *testing.T) {
	guide, err := os.ReadFile("../../../../docs/control-plane.md")
	require.NoError(t, err)
	newCommandFlags(func(f *pflag.Flag) {
		require.Contains(t, string(guide), "| `"+f.Name+"` | ", "docs/control-plane.md has no row for it")
		require.Contains(t, string(guide), f.Usage)
		if f.DefValue != "" && f.DefValue != "[]" {
			require.Contains(t, string(guide), "| `"+f.Name+"` | `"+f.DefValue+"` |")
		}
	})
}

// newCommandFlags calls f for each setting.
func newCommandFlags(f func(*pflag.Flag)) {
	settingFlags(newCommand()).VisitAll(func(flag *pflag.Flag) {
		if !strings.HasPrefix(flag.Name, "help") && flag.Name != "version" {
			f(flag)
		}
	})
}
