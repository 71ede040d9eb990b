//go:build linux

package e2e

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/otlphttp"
	"github.com/phoenix-platform/phoenix/tests/built"
)

// TestCommands checks what each command says and how it ends.
func TestCommands(t *testing.T) {
	const good = "--config=testdata/stock/gateway.yaml"
	cases := map[string]struct {
		args []string
		code int
		says []string
	}{
		"version":      {[]string{"--version"}, 0, []string{"otelcol-phoenix version "}},
		"help":         {[]string{"--help"}, 0, []string{"--config", "--feature-gates", "--set", "components", "featuregate", "validate"}},
		"components":   {[]string{"components"}, 0, []string{"name: topk", "name: adaptivefilter", "name: processgroup", "name: seriesmeter", "name: host_metrics", "name: kafka", "scheme: https"}},
		"feature gate": {[]string{"featuregate", "service.AllowNoPipelines"}, 0, []string{"Stage: Alpha", "Enabled: false"}},
		"gates":        {[]string{"featuregate"}, 0, []string{"service.AllowNoPipelines", "Stage"}},
		"valid":        {[]string{"validate", good}, 0, nil},
		"set":          {[]string{"print-config", good, "--set=processors.batch.timeout=7s"}, 0, []string{"timeout: 7s"}},
		"gate is used": {[]string{"validate", "--config=yaml:receivers: {otlp: {protocols: {http: }}}", "--config=yaml:exporters: {nop: }", "--feature-gates=service.AllowNoPipelines"}, 0, nil},

		"no configuration": {nil, 1, []string{"at least one config flag must be provided"}},
		"no such file":     {[]string{"validate", "--config=nowhere.yaml"}, 1, []string{"nowhere.yaml", "no such file"}},
		"no such command":  {[]string{"thin"}, 1, []string{`unknown command "thin"`, "--help"}},
		"no such flag":     {[]string{"--thin"}, 1, []string{"unknown flag: --thin"}},
		"no such gate":     {[]string{"featuregate", "phoenix"}, 1, []string{`feature "phoenix" not found`}},
		"no such gate set": {[]string{"validate", good, "--feature-gates=phoenix"}, 1, []string{`no such feature gate "phoenix"`}},
		"gate is not used": {[]string{"validate", "--config=yaml:receivers: {otlp: {protocols: {http: }}}", "--config=yaml:exporters: {nop: }"}, 1, []string{"at least one pipeline"}},
		"no such component": {
			[]string{"validate", good, "--config=yaml:processors: {topq: }"},
			1,
			[]string{"'processors'", `unknown type: "topq"`, "topk"},
		},
		"no such key": {
			[]string{"validate", good, "--config=yaml:processors: {topk: {kk: 3}}"},
			1,
			[]string{"'processors'", `"topk"`, "invalid keys: kk"},
		},
		"wrong type": {
			[]string{"validate", good, "--config=yaml:processors: {topk: {max_series: many}}"},
			1,
			[]string{"'processors'", `"topk"`, "max_series"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := run(t, c.args...)
			assert.Equal(t, c.code, got.code, "exit code; it said %s%s", got.stdout, got.stderr)
			said := got.stdout
			if c.code != 0 {
				said = got.stderr
			}
			for _, text := range c.says {
				assert.Contains(t, said, text)
			}
		})
	}
}

// TestStockConfigurationsAreValid validates configurations written for the
// stock distribution, as they are.
func TestStockConfigurationsAreValid(t *testing.T) {
	files, err := filepath.Glob("testdata/stock/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			got := run(t, "validate", "--config", file)
			assert.Equal(t, outcome{}, got)
		})
	}
}

// TestBadTopkConfiguration expects every mistake in one answer, each with its
// place and what to do, of validate and of a start alike.
func TestBadTopkConfiguration(t *testing.T) {
	want := []string{
		`processors::topk: max_series: must be at least 1, got -1; use 0 for no ceiling`,
		`state_limit: must be between 1 and 10000000, got 0; drop the key to use 100000`,
		`drop_attributes: process.pid tells processes apart`,
		`processors::topk::rank_by::0: k: must be at least 1, got 0; remove the entry to not rank by it`,
		`processors::topk::rank_by::1: metric: is empty; use cpu, memory, disk_io or the name of a metric`,
		`processors::topk::rank_by::2: min: must be a number that is not negative, got -1`,
		`processors::topk::critical::0: conditions::0: "resource.attributes[\"process.executable.name\"] = \"postgres\"" is not an OTTL condition on a resource, such as`,
		`processors::topk::critical::1: name: is empty; give the entry a name`,
		`processors::topk::hysteresis: margin: must be at least 0 and less than 1, got 1.5`,
		`hold: must be between 0 and 100 scrapes, got -1`,
		`processors::topk::other: name: is empty; use _other_`,
		`processors::topk::counters: must be conserved or raw, got "cooked"`,
		`processors::topk::mode: must be enforce or observe, got "try"`,
	}
	for _, args := range [][]string{{"validate"}, nil} {
		got := run(t, append(args, "--config=testdata/bad/topk.yaml")...)
		assert.Equal(t, 1, got.code)
		for _, text := range want {
			assert.Contains(t, got.stderr, text)
		}
	}
	t.Logf("%d mistakes in one answer", len(want))
}

// TestProviders takes a part of the configuration from each provider, and
// checks that all parts are in what comes of it.
func TestProviders(t *testing.T) {
	serve := func(w http.ResponseWriter, r *http.Request) {
		parts := map[string]string{
			"/processors": "processors: {batch/http: {timeout: 3s}}",
			"/exporters":  "exporters: {nop/https: }",
		}
		_, _ = fmt.Fprint(w, parts[r.URL.Path])
	}
	plain := httptest.NewServer(http.HandlerFunc(serve))
	t.Cleanup(plain.Close)
	encrypted := httptest.NewTLSServer(http.HandlerFunc(serve))
	t.Cleanup(encrypted.Close)

	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: encrypted.Certificate().Raw})
	t.Setenv("SSL_CERT_FILE", write("certificate.pem", string(certificate)))
	t.Setenv("E2E_RECEIVERS", "receivers: {otlp/env: {protocols: {http: {endpoint: '${env:E2E_ADDRESS}'}}}}")
	t.Setenv("E2E_ADDRESS", "127.0.0.1:4319")
	limit := write("limit", "321")
	pipelines := write("pipelines.yaml", `
processors: {memory_limiter/file: {check_interval: 1s, limit_mib: "${file:`+limit+`}"}}
service: {pipelines: {metrics: {receivers: [otlp/env], processors: [memory_limiter/file, batch/http, topk/yaml], exporters: [nop/https]}}}
`)
	parts := []string{
		"print-config",
		"--config=env:E2E_RECEIVERS",
		"--config=" + plain.URL + "/processors",
		"--config=" + encrypted.URL + "/exporters",
		"--config=yaml:processors::topk/yaml::half_life: 9s",
		"--config=file:" + pipelines,
		"--set=processors.topk/yaml.max_series=77",
	}
	got := run(t, parts...)
	require.Equal(t, 0, got.code, got.stderr)
	for _, text := range []string{"endpoint: 127.0.0.1:4319", "timeout: 3s", "nop/https:", "half_life: 9s", "limit_mib: 321", "max_series: 77"} {
		assert.Contains(t, got.stdout, text)
	}
	for i := 1; i < len(parts)-1; i++ {
		without := append(append([]string{}, parts[:i]...), parts[i+1:len(parts)-1]...)
		assert.Equal(t, 1, run(t, without...).code, "without %s", parts[i])
	}
}

// elsewhere moves what packaged.yaml listens on to ports of the test's.
const elsewhere = `
extensions: {health_check: {endpoint: HEALTH}, pprof: {endpoint: "127.0.0.1:0"}, zpages: {endpoint: "127.0.0.1:0"}}
receivers:
  otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0"}, http: {endpoint: OTLP}}}
  zipkin: {endpoint: ZIPKIN}
  jaeger:
    protocols:
      grpc: {endpoint: JAEGER_GRPC}
      thrift_binary: {endpoint: JAEGER_BINARY}
      thrift_compact: {endpoint: JAEGER_COMPACT}
      thrift_http: {endpoint: JAEGER_HTTP}
service: {telemetry: {metrics: {level: none}}}
`

// TestPackagedConfigurationRuns sends metrics and a span through the
// configuration that the stock distribution's packages install.
func TestPackagedConfigurationRuns(t *testing.T) {
	t.Parallel()
	packaged, err := os.ReadFile("testdata/stock/packaged.yaml")
	require.NoError(t, err)
	otlp, zipkin, health := built.FreeAddress(t), built.FreeAddress(t), built.FreeAddress(t)
	moved := fill(elsewhere, "OTLP", otlp, "ZIPKIN", zipkin, "HEALTH", health,
		"JAEGER_GRPC", built.FreeAddress(t), "JAEGER_BINARY", built.FreeAddress(t), "JAEGER_COMPACT", built.FreeAddress(t), "JAEGER_HTTP", built.FreeAddress(t))
	c := start(t, string(packaged), "--config=yaml:"+moved,
		"--set=service.telemetry.logs.encoding=json", "--set=processors.batch.timeout=100ms")

	c.await("the metrics to be taken", func() bool {
		return otlphttp.Post(t.Context(), http.DefaultClient, otlphttp.URL("http://"+otlp), oneGauge("e2e.gauge")) == nil
	})
	c.await("the metrics in the log", func() bool { return len(c.records("-> Name: e2e.gauge")) > 0 })
	assert.Equal(t, 1.0, c.records("Metrics")[0].Fields["data points"])

	const span = `[{"traceId":"5982fe77008310cc80f1da5e10147517","id":"bd7a977555f6b982","name":"e2e-span","localEndpoint":{"serviceName":"shop"}}]`
	resp, err := http.Post("http://"+zipkin+"/api/v2/spans", "application/json", strings.NewReader(span))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusAccepted, resp.StatusCode)
	c.await("the span in the log", func() bool { return len(c.records("e2e-span")) > 0 })
	assert.Contains(t, page(t, health), "Server available")
}

func oneGauge(name string) pmetric.Metrics {
	md := pmetric.NewMetrics()
	m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName(name)
	dp := m.SetEmptyGauge().DataPoints().AppendEmpty()
	dp.SetTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	dp.SetIntValue(1)
	return md
}

// TestHostMetricsRun reads what every scraper of hostmetrics says of this host
// from the prometheus exporter.
func TestHostMetricsRun(t *testing.T) {
	t.Parallel()
	config, err := os.ReadFile("testdata/stock/host_to_prometheus.yaml")
	require.NoError(t, err)
	address := built.FreeAddress(t)
	c := start(t, string(config), "--set=exporters.prometheus.endpoint="+address)
	var got string
	c.await("the second scrape", func() bool {
		got = page(t, address+"/metrics")
		return strings.Contains(got, "node_system_cpu_utilization") // which needs two
	})
	for _, name := range []string{
		"cpu_time_seconds_total", "cpu_load_average_1m", "memory_usage_bytes", "filesystem_usage_bytes",
		"network_connections", "paging_operations_total", "processes_created_total", "uptime_seconds",
	} {
		assert.Contains(t, got, "\nnode_system_"+name+"{", "series")
	}
	assert.Contains(t, got, "\nnode_process_memory_usage_bytes{")
	assert.Contains(t, got, `fleet="test"`)
	assert.Contains(t, got, `site="berlin"`)
	t.Logf("%d lines of metrics", strings.Count(got, "\n"))
}
