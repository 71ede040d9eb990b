package childvalidate

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReasons(t *testing.T) {
	const decoding = "failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):\n\n"
	for name, c := range map[string]struct{ said, path, detail string }{
		"of a component":       {"warn\nError: processors::topk/phoenix: k: must be at least 1\n", "processors/topk/phoenix", "k: must be at least 1"},
		"below a component":    {"Error: receivers::hostmetrics::controllerconfig: bad", "receivers/hostmetrics", "controllerconfig: bad"},
		"of a pipeline":        {`Error: service::pipelines::metrics/phoenix: must have at least one exporter`, "pipelines/metrics/phoenix", "must have at least one exporter"},
		"of decoding":          {"Error: " + decoding + "'processors' error reading configuration for \"topk/phoenix\": decoding failed due to the following error(s):\n\n'topk.Config' has invalid keys: foo\n", "processors/topk/phoenix", "'topk.Config' has invalid keys: foo"},
		"of an unknown type":   {"Error: " + decoding + `'receivers' unknown type: "x" for id: "x/phoenix" (valid values: [otlp])`, "receivers/x/phoenix", `'receivers' unknown type: "x" for id: "x/phoenix" (valid values: [otlp])`},
		"of building":          {`Error: failed to build pipelines: failed to create "hostmetrics/phoenix" receiver for data type "traces": telemetry type is not supported`, "receivers/hostmetrics/phoenix", `failed to build pipelines: failed to create "hostmetrics/phoenix" receiver for data type "traces": telemetry type is not supported`},
		"of the whole":         {"Error: empty configuration file", "", "empty configuration file"},
		"several":              {"Error: exporters::otlp: no\nprocessors::topk: no\n", "exporters/otlp", "no; processors::topk: no"},
		"the last, not others": {"Error: one\nError: two\n", "", "two"},
		"a panic":              {"panic: boom\n\ngoroutine 1 [running]:\n", "", "panic: boom"},
		"something else":       {"flag provided but not defined: -config", "", "flag provided but not defined: -config"},
	} {
		t.Run(name, func(t *testing.T) {
			path, detail := component(reason([]byte(c.said)))
			require.Equal(t, c.path, path)
			require.Equal(t, c.detail, detail)
		})
	}
}

func TestTheGatesOfThisProcessAreTheChilds(t *testing.T) {
	for name, c := range map[string]struct{ args, want []string }{
		"none":        {[]string{"--config", "phoenix:/etc/agent.yaml"}, nil},
		"in one":      {[]string{"--config", "a", "--feature-gates=+a,-b", "--set=x"}, []string{"--feature-gates=+a,-b"}},
		"in two":      {[]string{"-feature-gates", "+a", "--config", "b"}, []string{"-feature-gates", "+a"}},
		"several":     {[]string{"--feature-gates=a", "--feature-gates", "b"}, []string{"--feature-gates=a", "--feature-gates", "b"}},
		"a value":     {[]string{"--config", "feature-gates"}, nil},
		"one with no": {[]string{"--feature-gates"}, nil},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, gates(c.args)) })
	}
	require.Equal(t, self(), Validator{}.command()[0])
}
