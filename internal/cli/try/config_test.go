package try

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/catalog"
)

var someWiring = wiring{listen: "127.0.0.1:9464", records: "http://127.0.0.1:4321", interval: 5 * time.Second}

func TestWire(t *testing.T) {
	template, err := os.ReadFile("testdata/template.yaml")
	require.NoError(t, err)
	config, err := wire(template, someWiring)
	require.NoError(t, err)
	golden(t, "wired.yaml", string(config))
}

func TestEveryTemplateIsWired(t *testing.T) {
	for _, name := range catalog.Names() {
		t.Run(name, func(t *testing.T) {
			config, err := configure(Options{Template: name, Parameters: map[string]any{"interval": 5}}, someWiring)
			require.NoError(t, err)
			require.NotContains(t, string(config), exporterDestination)
			require.Contains(t, string(config), "collection_interval: 5s")
			require.Regexp(t, `processors: \[memory_limiter, seriesmeter/input, (.*, )?seriesmeter/output\]`, string(config))
		})
	}
}

func TestMetersWatchTheCriticalProcessesOfFlags(t *testing.T) {
	entries, err := criticalEntries([]string{`odd=a"b\c$d`})
	require.NoError(t, err)
	config, err := configure(Options{Template: "process-topk-v1", Parameters: map[string]any{"critical": entries}}, someWiring)
	require.NoError(t, err)
	var doc struct {
		Processors map[string]struct {
			Critical any `yaml:"critical"`
		} `yaml:"processors"`
	}
	require.NoError(t, yaml.Unmarshal(config, &doc))
	want := []any{map[string]any{
		"name": "odd", "conditions": []any{`resource.attributes["process.executable.name"] == "a\"b\\c$$d"`},
	}}
	for _, name := range []string{"topk", meterInput, meterOutput} {
		require.Equal(t, want, doc.Processors[name].Critical, name)
	}
}

func TestWireSaysWhatATemplateLacks(t *testing.T) {
	const exporters = "exporters: {otlphttp/destination: {}}\n"
	for name, c := range map[string]struct{ config, want string }{
		"empty":          {"", "the configuration is empty"},
		"not YAML":       {"a: [", "read the configuration"},
		"no destination": {"exporters: {debug: {}}", "has no exporter otlphttp/destination to replace"},
		"no pipeline":    {exporters, "0 pipelines send to otlphttp/destination, one can be measured"},
		"two pipelines": {
			exporters + "service: {pipelines: {metrics/a: {processors: [], exporters: [otlphttp/destination]}, metrics/b: {processors: [], exporters: [otlphttp/destination]}}}",
			"2 pipelines send to otlphttp/destination, one can be measured",
		},
		"no processors": {
			exporters + "service: {pipelines: {metrics/a: {exporters: [otlphttp/destination]}}}", "pipeline metrics/a has no processors",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := wire([]byte(c.config), someWiring)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestWireKeepsWhatATemplateSaysOfTelemetry(t *testing.T) {
	out, err := wire([]byte(`
exporters: {otlphttp/destination: {}, debug: {}}
service:
  telemetry: {resource: {a: b}, metrics: {level: detailed}}
  pipelines: {metrics/a: {processors: [memory_limiter, x, topk], exporters: [debug, otlphttp/destination]}}
`), someWiring)
	require.NoError(t, err)
	var doc struct {
		Service struct {
			Telemetry map[string]map[string]any `yaml:"telemetry"`
			Pipelines map[string]map[string][]string
		} `yaml:"service"`
	}
	require.NoError(t, yaml.Unmarshal(out, &doc))
	require.Equal(t, map[string]map[string]any{
		"resource": {"a": "b"}, "metrics": {"level": "none"},
		"logs": {"encoding": "json", "sampling": map[string]any{"enabled": false}},
	}, doc.Service.Telemetry)
	require.Equal(t, map[string]map[string][]string{"metrics/a": {
		"processors": {memoryLimiter, meterInput, "x", "topk", meterOutput}, "exporters": {"debug", exporterPrometheus},
	}}, doc.Service.Pipelines)
}

func TestPrintConfigPrintsWhatRunWouldRun(t *testing.T) {
	var out bytes.Buffer
	o := Options{Template: "process-topk-v1", Listen: "127.0.0.1:9464", Interval: 5 * time.Second}
	require.NoError(t, PrintConfig(o, &out))
	want, err := configure(o, wiring{listen: o.Listen, records: "http://127.0.0.1:0", interval: o.Interval})
	require.NoError(t, err)
	require.Equal(t, string(want), out.String())
}

func TestTheScraperIsOneThatTheSystemHas(t *testing.T) {
	for _, c := range []struct {
		system, template string
		given            map[string]any
		want             any
	}{
		{"linux", "process-topk-v1", nil, nil},
		{"darwin", "process-topk-v1", nil, "hostmetrics"},
		{"darwin", "process-topk-v1", map[string]any{"scraper": "processmetrics"}, "processmetrics"},
		{"darwin", "process-baseline-v1", nil, nil},
	} {
		template, err := catalog.Lookup(c.template)
		require.NoError(t, err)
		require.Equal(t, c.want, onSystem(c.system, template, c.given)["scraper"], "%+v", c)
	}
}
