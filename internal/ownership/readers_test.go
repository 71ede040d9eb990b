package ownership_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/ownership"
)

// telemetryOf is service::telemetry::metrics where the owner wrote text.
func telemetryOf(t *testing.T, text string, g ownership.Guards) map[string]any {
	t.Helper()
	owner, err := ownership.Owner([]byte(text))
	require.NoError(t, err)
	effective, err := ownership.Compose(ownership.Parts{Owner: owner, Agent: agent(t, withDestination), Guards: g, Lookup: lookup})
	require.NoError(t, err)
	metrics, _ := at(t, effective.Config, "service", "telemetry", "metrics").(map[string]any)
	return metrics
}

// byDefault is the reader of a collector whose configuration names none.
var byDefault = map[string]any{"pull": map[string]any{"exporter": map[string]any{"prometheus": map[string]any{
	"host": "localhost", "port": 8888, "without_scope_info": true, "without_type_suffix": true, "without_units": true,
}}}}

func TestReadersOfTheCollectorsOwnMetrics(t *testing.T) {
	reader, own := guards.Reader, map[string]any{"pull": map[string]any{"exporter": map[string]any{"prometheus": map[string]any{"port": 9}}}}
	for name, c := range map[string]struct {
		owner string
		want  map[string]any
	}{
		"none is named: the collector's own stays": {"{}", map[string]any{"readers": []any{byDefault, reader}}},
		"the owner's stay": {
			"service: {telemetry: {metrics: {level: detailed, readers: [{pull: {exporter: {prometheus: {port: 9}}}}]}}}",
			map[string]any{"level": "detailed", "readers": []any{own, reader}},
		},
		"who wants no metrics gets none": {
			"service: {telemetry: {metrics: {level: None, readers: [{pull: {exporter: {prometheus: {port: 9}}}}]}}}",
			map[string]any{"level": "basic", "readers": []any{reader}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, telemetryOf(t, c.owner, ownership.Guards{Reader: reader}))
		})
	}
}

func TestWithoutAReaderTelemetryIsTheOwners(t *testing.T) {
	require.Equal(t, map[string]any{"level": "none"}, telemetryOf(t, "service: {telemetry: {metrics: {level: none}}}", ownership.Guards{Extension: guards.Extension}))
}

func TestTheCollectorsMetricsGoToADestinationWithItsSecrets(t *testing.T) {
	file, err := agentfile.Parse([]byte(`
destinations:
  destination: {endpoint: "https://otel.example.com:4318/", headers: {api-key: "${file:/etc/otelcol-phoenix/destination.key}"}}
telemetry: {destination: destination, interval: 1m}
`))
	require.NoError(t, err)
	effective, err := ownership.Compose(ownership.Parts{Agent: file, Guards: ownership.GuardsOf(file), Lookup: lookup})
	require.NoError(t, err)
	readers := func(config map[string]any) any { return at(t, config, "service", "telemetry", "metrics", "readers") }
	export := func(headers any) any {
		return []any{byDefault, map[string]any{"periodic": map[string]any{"interval": 60000, "exporter": map[string]any{"otlp": map[string]any{
			"protocol": "http/protobuf", "endpoint": "https://otel.example.com:4318/v1/metrics", "headers": headers,
		}}}}}
	}
	require.Equal(t, export([]any{map[string]any{"name": "api-key", "value": "k$$y"}}), readers(effective.Config))
	require.NotContains(t, readers(effective.Redacted).([]any)[1], "k$$y")
}
