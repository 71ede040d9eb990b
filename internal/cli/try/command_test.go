package try

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// command runs the verb with flags.
func command(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	var out, notes bytes.Buffer
	cmd := NewCommand()
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(append([]string{}, args...))
	cmd.SetOut(&out)
	cmd.SetErr(&notes)
	err = cmd.ExecuteContext(context.Background())
	return out.String(), err
}

func TestFlagsAreParametersOfTheTemplate(t *testing.T) {
	f := &flags{
		Options: Options{Template: "process-topk-v1"}, interval: 2 * time.Second,
		k: 3, minCPU: 0.5, maxSeries: 0, critical: []string{"db=postgres=x"},
		set: []string{"half_life=10", "mode=observe", `include_names=["^a=b$"]`, "drop_attributes=[]"},
	}
	given := map[string]bool{"k": true, "max-series": true, "critical": true}
	o, err := f.options(func(flag string) bool { return given[flag] })
	require.NoError(t, err)
	require.Equal(t, 2*time.Second, o.Interval)
	require.Equal(t, map[string]any{
		"interval": 2, "k": 3, "max_series": 0, "half_life": 10, "mode": "observe",
		"include_names": []any{"^a=b$"}, "drop_attributes": []any{},
		"critical": []any{map[string]any{
			"name": "db", "conditions": []any{`resource.attributes["process.executable.name"] == "postgres=x"`},
		}},
	}, o.Parameters)
}

func TestPrintConfigRunsNothing(t *testing.T) {
	out, err := command(t, "--print-config", "--k", "9", "--interval", "30s", "--listen", "127.0.0.1:1", "--collector", "/nowhere")
	require.NoError(t, err)
	for _, want := range []string{"k: 9", "collection_interval: 30s", "metric_expiration: 1m30s", "endpoint: 127.0.0.1:1"} {
		require.Contains(t, out, want)
	}
}

func TestWrongFlagsSayWhatIsPossible(t *testing.T) {
	for name, c := range map[string]struct {
		args string // separated by |
		want []string
	}{
		"below a second": {"--interval|10ms", []string{"--interval: 10ms is below 1s; use 1s or more"}},
		"not whole":      {"--interval|1500ms", []string{"--interval: 1.5s is not a whole number of seconds; use 2s"}},
		"all at once": {
			"--interval|0s|--duration|-1s|--top|-1|--critical|x|--set|y",
			[]string{
				"--interval: 0s is below 1s", "--duration: must not be negative, got -1s; use 0", "--top: must not be negative, got -1; use 0",
				`--critical "x": is not NAME=EXECUTABLE, such as database=postgres`, `--set "y": is not PARAMETER=VALUE, such as half_life=10`,
			},
		},
		"critical without executable": {"--critical|x=", []string{`--critical "x=": is not NAME=EXECUTABLE`}},
		"critical twice":              {"--critical|a=b|--critical|a=c", []string{`--critical "a=c": the name a is given twice`}},
		"set and flag":                {"--k|3|--set|k=4", []string{"--set k: --k sets it already; use one of the two"}},
		"set the interval":            {"--set|interval=4", []string{"--set interval: --interval sets it already"}},
		"set and critical":            {"--critical|a=b|--set|critical=[]", []string{"--set critical: --critical sets it already"}},
		"set twice":                   {"--set|mode=observe|--set|mode=enforce", []string{"--set mode: is given twice"}},
		"set the destination":         {"--set|endpoint=http://h", []string{"--set endpoint: try sends nothing anywhere; leave it out"}},
		"not YAML":                    {"--set|mode=[", []string{"--set mode: the value is not YAML"}},
		"unknown parameter":           {"--set|foo=1", []string{"foo: is not a parameter of process-topk-v1; it has counters, critical,"}},
		"out of bounds":               {"--k|0|--min-cpu|-1", []string{"parameters of process-topk-v1:", "k: ", "got 0", "min_cpu: ", "got -1"}},
		"template":                    {"--template|nope", []string{`--template: unknown template "nope"; the catalog has process-adaptive-filter-v1, process-aggregated-v1, process-baseline-v1`}},
		"no parameter of this one":    {"--template|process-baseline-v1|--k|3", []string{"k: is not a parameter of process-baseline-v1"}},
		"not loopback":                {"--listen|0.0.0.0:9464", []string{"--listen: 0.0.0.0:9464 is not a loopback address", "use 127.0.0.1:PORT"}},
		"a name that resolves":        {"--listen|example.org:9464", []string{"is not a loopback address"}},
		"no port":                     {"--listen|127.0.0.1", []string{"--listen: address 127.0.0.1: missing port in address; give it as 127.0.0.1:9464"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := command(t, append(strings.Split(c.args, "|"), "--print-config")...)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestNoCollector(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := command(t)
	require.ErrorContains(t, err, "no otelcol-phoenix on PATH; build it with `make build`, or give its path with --collector")
	_, err = command(t, "--collector", "/nowhere/otelcol")
	require.ErrorContains(t, err, "--collector: ")
	require.ErrorContains(t, err, "/nowhere/otelcol")
	require.ErrorContains(t, err, "`make build` makes bin/otelcol-phoenix")
}

func TestABusyPortIsNamedBeforeAnythingStarts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, err = command(t, "--listen", l.Addr().String(), "--collector", "/bin/sh")
	require.EqualError(t, err, "--listen: the port of "+l.Addr().String()+" is taken; end what listens there, or choose another: --listen 127.0.0.1:0 takes any free one")
}
