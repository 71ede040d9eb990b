package validation

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/catalog"
	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/childvalidate"
	"github.com/phoenix-platform/phoenix/internal/ownership"
)

func codes(findings []Finding) (all []Code) {
	for _, f := range findings {
		all = append(all, f.Code)
	}
	return slices.Compact(all)
}

// allowed is a configuration in which nothing is found.
const allowed = `receivers:
  processmetrics: {}
processors:
  memory_limiter: {check_interval: 1s, limit_mib: 100}
  topk: {}
exporters:
  debug: {}
service:
  pipelines:
    metrics/process: {receivers: [processmetrics], processors: [memory_limiter, topk], exporters: [debug]}
`

func TestNothingIsFound(t *testing.T) {
	for _, o := range []Options{{}, {Kind: Template}, {Strict: true}} {
		got := validate(t, []byte(allowed), o)
		require.Equal(t, Report{Valid: true, Findings: []Finding{}, NotAsked: alone.NoCollector}, got)
	}
}

func TestLimitsAtAndPastTheirEdge(t *testing.T) {
	padding := func(n int) string { return "#" + strings.Repeat("x", n-len(allowed)-2) + "\n" + allowed }
	values := func(n int) string { return "x: [" + strings.Repeat("a,", n-3) + "]\n" } // two maps and lists, and a key
	levels := func(n int) string { return "x: " + strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, c := range map[string]struct {
		within, past string
		code         Code
	}{
		"size":   {padding(maxSize), padding(maxSize + 1), CodeSize},
		"values": {values(maxNodes), values(maxNodes + 1), CodeNodes},
		"levels": {levels(maxDepth), levels(maxDepth + 1), CodeDepth},
	} {
		t.Run(name, func(t *testing.T) {
			require.NotContains(t, codes(validate(t, []byte(c.within), Options{}).Findings), c.code)
			require.Equal(t, []Code{c.code}, codes(validate(t, []byte(c.past), Options{}).Findings))
		})
	}
}

func TestBytesThatAreNoText(t *testing.T) {
	for name, source := range map[string][]byte{
		"UTF-16":   {0xff, 0xfe, 'a', 0},
		"cut off":  []byte("receivers: {}\nx: \xe2\x82"),
		"overlong": []byte("x: \xc0\xaf"),
		"a zero":   []byte("x: \x00"),
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, []Code{CodeEncoding}, codes(validate(t, source, Options{}).Findings))
		})
	}
}

// Warnings of an inline configuration are errors of a template and when asked
// for.
func TestLevels(t *testing.T) {
	stock := []byte(strings.NewReplacer("  topk: {}\n", "", ", topk", "").Replace(allowed))
	level := func(o Options) Level {
		got := validate(t, stock, o).Findings
		require.Equal(t, []Code{CodeNoOptimiser}, codes(got))
		return got[0].Level
	}
	require.Equal(t, Warning, level(Options{}))
	require.Equal(t, Error, level(Options{Strict: true}))
	require.Equal(t, Error, level(Options{Kind: Template}))
	require.Empty(t, validate(t, stock, Options{Kind: Template, Strategy: Baseline}).Findings)

	none := []byte("receivers: {otlp: {}}\nexporters: {debug: {}}\nservice: {pipelines: {metrics: {receivers: [otlp], exporters: [debug]}}}\n")
	require.True(t, validate(t, none, Options{}).Valid)
	require.False(t, validate(t, none, Options{Kind: Template}).Valid)
}

// What an agent would refuse is an error, in the words of the agent.
func TestForAnAgent(t *testing.T) {
	agent := Options{Kind: Template, Agent: AnyAgent()}
	agent.Agent.Allow.Components = map[string]agentfile.Fields{"exporters/otlphttp": {"endpoint": {Type: agentfile.Endpoint}}}
	agent.Agent.Allow.Endpoints = []string{"https://otel.example.com:4318"}
	for _, name := range catalog.Names() {
		template, err := catalog.Lookup(name)
		require.NoError(t, err)
		remote, err := ownership.Adopt(template.Config)
		require.NoError(t, err)
		o := agent
		if strings.Contains(name, "baseline") {
			o.Strategy = Baseline
		}
		require.Empty(t, validate(t, remote, o).Findings, name)
	}
	for bad, want := range map[string]Code{
		"exporters: {file/phoenix: {path: /etc/passwd}}":                              "component",
		"exporters: {otlphttp/phoenix: {endpoint: \"http://169.254.169.254\"}}":       "endpoint",
		"extensions: {health_check: {}}":                                              "section",
		"processors: {topk: {}}":                                                      "name",
		"processors: {memory_limiter/phoenix: &a {check_interval: 1s, limit_mib: 9}}": "alias",
		"service: {pipelines: {traces/phoenix: {}}}":                                  "signal",
		"processors: {topk/phoenix: {happiness: 1}}":                                  "field",
	} {
		got := validate(t, []byte(bad), agent)
		require.False(t, got.Valid, bad)
		require.Contains(t, codes(got.Findings), want, bad)
	}
}

func TestASecretIsNeverRepeated(t *testing.T) {
	const secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
	for _, line := range []string{"password: ", "x: https://u:", "x: https://h/?token=", "note: ", "# ", "${https:", "x: *", "x: ${http://h/?"} {
		got := validate(t, []byte("receivers: {}\n"+line+secret+"@h}\n"), Options{})
		require.NotContains(t, text(got.Findings), secret, line)
	}
}

// There is no collector at this path, and the report says so.
func TestACollectorThatIsNotThere(t *testing.T) {
	v := &Validator{Collector: childvalidate.Validator{Command: []string{"/nowhere/otelcol-phoenix"}}}
	got, err := v.Validate(t.Context(), []byte(allowed), Options{})
	require.NoError(t, err)
	require.True(t, got.Valid)
	require.False(t, got.Collector)
	require.Contains(t, got.NotAsked, "/nowhere/otelcol-phoenix")
}

func TestManyFindings(t *testing.T) {
	var source bytes.Buffer
	source.WriteString(allowed)
	for i := range 2 * most {
		source.WriteString("section" + strings.Repeat("x", i) + ": {}\n")
	}
	got := validate(t, source.Bytes(), Options{})
	require.Len(t, got.Findings, most)
	require.False(t, got.Valid)
}

// Whatever the text, there is an answer.
func FuzzValidate(f *testing.F) {
	f.Add([]byte(allowed))
	f.Add([]byte("a: &a [*a]\n<<: *a"))
	f.Add([]byte("service: {pipelines: {metrics: [], traces: {receivers: {a: b}}}}"))
	f.Fuzz(func(t *testing.T, source []byte) {
		for _, o := range []Options{{}, {Kind: Template, Strict: true}, {Agent: AnyAgent()}} {
			r, err := alone.Validate(t.Context(), source, o)
			if err != nil || len(r.Findings) > most {
				t.Fatal(err, len(r.Findings))
			}
		}
	})
}
