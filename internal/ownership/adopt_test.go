package ownership_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/catalog"
	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/ownership"
)

// agent is an agent file with the settings that matter to a test.
func agent(t testing.TB, settings string) *agentfile.File {
	t.Helper()
	f, err := agentfile.Parse([]byte("server: {endpoint: \"wss://phoenix.example.com/v1/opamp\"}\n" + settings))
	require.NoError(t, err)
	return f
}

const withDestination = `
destinations:
  destination: {endpoint: "https://otel.example.com:4318"}
`

// adopted is a template of the catalog as a remote configuration.
func adopted(t testing.TB, name string) []byte {
	t.Helper()
	template, err := catalog.Lookup(name)
	require.NoError(t, err)
	config, err := template.Render(nil)
	require.NoError(t, err)
	remote, err := ownership.Adopt(config)
	require.NoError(t, err)
	return remote
}

func TestEveryTemplateIsAccepted(t *testing.T) {
	policy := ownership.NewPolicy(agent(t, withDestination), nil)
	for _, name := range catalog.Names() {
		t.Run(name, func(t *testing.T) {
			remote := adopted(t, name)
			require.NoError(t, ownership.Check(remote, policy).Err())
			again, err := ownership.Adopt(remote)
			require.NoError(t, err)
			require.Equal(t, string(remote), string(again), "what is adopted stays as it is")
		})
	}
}

// A user may set every parameter to what its schema allows.
func TestTemplatesAreAcceptedWithTheLeastAndTheGreatest(t *testing.T) {
	policy := ownership.NewPolicy(agent(t, withDestination), nil)
	for _, name := range catalog.Names() {
		template, err := catalog.Lookup(name)
		require.NoError(t, err)
		for _, p := range template.Parameters {
			for _, bound := range []*float64{p.Minimum, p.Maximum} {
				if bound == nil {
					continue
				}
				config, err := template.Render(map[string]any{p.Name: *bound})
				require.NoError(t, err)
				remote, err := ownership.Adopt(config)
				require.NoError(t, err)
				require.NoError(t, ownership.Check(remote, policy).Err(), "%s: %s: %v", name, p.Name, *bound)
			}
		}
	}
}

func TestATemplateWithoutADestinationIsRefused(t *testing.T) {
	err := ownership.Check(adopted(t, "process-topk-v1"), ownership.NewPolicy(agent(t, ""), nil)).Err()
	require.ErrorContains(t, err, `service::pipelines::metrics/phoenix-process::exporters: "otlphttp/destination" is neither`)
}

func TestAdoptRenamesWhatTheTemplateHasAndNothingElse(t *testing.T) {
	remote, err := ownership.Adopt([]byte(`
receivers: {hostmetrics: {}}
processors:
  topk: # the busiest
    max_series: 5
  resource/a: {}
exporters: {otlphttp/destination: {endpoint: "http://127.0.0.1:4318"}}
service:
  pipelines:
    metrics: {receivers: [hostmetrics, otlp], processors: [topk, resource/a], exporters: [otlphttp/destination]}
`))
	require.NoError(t, err)
	require.Contains(t, string(remote), "# the busiest")
	var got map[string]any
	require.NoError(t, yaml.Unmarshal(remote, &got))
	require.Equal(t, map[string]any{
		"receivers":  map[string]any{"hostmetrics/phoenix": map[string]any{}},
		"processors": map[string]any{"topk/phoenix": map[string]any{"max_series": 5}, "resource/phoenix-a": map[string]any{}},
		"service": map[string]any{"pipelines": map[string]any{"metrics/phoenix": map[string]any{
			"receivers":  []any{"hostmetrics/phoenix", "otlp"},
			"processors": []any{"topk/phoenix", "resource/phoenix-a"},
			"exporters":  []any{"otlphttp/destination"},
		}}},
	}, got)
}

func TestAdoptRefusesWhatIsNoConfiguration(t *testing.T) {
	for _, text := range []string{"", "[a]", "a: [", "text"} {
		_, err := ownership.Adopt([]byte(text))
		require.ErrorContains(t, err, "read the template: ")
	}
}
