package pipeline

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane/simulation"
)

// command runs the verb without a collector.
func command(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	t.Setenv("PATH", t.TempDir())
	var out, notes bytes.Buffer
	cmd := NewCommand()
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&notes)
	err = cmd.ExecuteContext(context.Background())
	return out.String(), err
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func TestTemplatesHaveNoErrors(t *testing.T) {
	for _, name := range []string{"process-topk-v1", "process-baseline-v1"} {
		out, err := command(t, "validate", "--template", name)
		require.NoError(t, err)
		require.Contains(t, out, "note: no collector was asked: there is no otelcol-phoenix")
		require.Contains(t, out, name+" has no errors.")
	}
}

func TestWhatIsFoundIsListedWithItsPlace(t *testing.T) {
	file := write(t, "receivers: {otlp: {}}\nexporters: {otlphttp: {headers: {api-key: letmein}}}\nservice: {pipelines: {metrics: {receivers: [otlp], exporters: [otlphttp]}}}\n")
	out, err := command(t, "validate", file)
	require.EqualError(t, err, file+" has errors; correct them, docs/validation.md explains each")
	require.Contains(t, out, file+":2:43: error secret: exporters::otlphttp::headers::api-key: is a secret that is written out")
	require.Contains(t, out, "warning no_processes")

	out, err = command(t, "validate", file, "--json", "--strict")
	require.Error(t, err)
	require.Contains(t, out, `"code": "no_processes",`+"\n      "+`"level": "error"`)
}

func TestForTheAgentOfAHost(t *testing.T) {
	agent := write(t, "server: {endpoint: \"wss://phoenix.example.com/v1/opamp\"}\n")
	out, err := command(t, "validate", write(t, "exporters: {file/phoenix: {path: /tmp/x}}\n"), "--agent-file", agent)
	require.Error(t, err)
	require.Contains(t, out, "error component: exporters::file/phoenix")
}

func TestWrongArguments(t *testing.T) {
	for args, want := range map[string]string{
		"validate":                 "give a FILE, or a template",
		"validate x --template y":  "FILE and --template name two configurations",
		"validate /nowhere.yaml":   "read the configuration: open /nowhere.yaml",
		"validate --template nope": "--template: unknown template",
		"validate --template process-topk-v1 --collector /nowhere/otelcol": "--collector: ",
		"validate --template process-topk-v1 --agent-file /nowhere.yaml":   "/nowhere.yaml",
		"simulate --template process-topk-v1 --recording /nowhere.zst":     "--recording: open /nowhere.zst",
		"simulate --template process-topk-v1":                              "give its path with --collector",
	} {
		_, err := command(t, strings.Fields(args)...)
		require.ErrorContains(t, err, want, args)
	}
}

// Names are of others' making: they move no cursor.
func TestTheResultInText(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, showResult(&out, simulation.Result{
		Scrapes: make([]simulation.Scrape, 2), Processes: simulation.Flow{In: 20, Out: 4}, Series: simulation.Flow{In: 140, Out: 28},
		Points: simulation.Flow{In: 140, Out: 30}, Distinct: simulation.Flow{In: 75, Out: 15}, SavedShare: 0.8,
		Dropped: []simulation.Dropped{{Name: "a\x1b[2J", PID: 7, Scrapes: 2, CPU: 1.5, Reason: "below_rank"}, {Name: "b"}},
	}, 1))
	require.Equal(t, `per scrape     in  out
processes      10  2
series         70  14
points         70  15
series in all  75  15

80.0 % of the series of 2 scrapes are not sent.

1 of 2 processes without series of their own  pid  CPU s  scrapes  why
"a\x1b[2J"                                    7    1.50   2        below_rank
`, out.String())
}
