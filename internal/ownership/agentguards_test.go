package ownership_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/extension/phoenixopamp"
	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/ownership"
)

// extensionOf is what the extension reads when an agent file says text.
func extensionOf(t *testing.T, text string) *phoenixopamp.Config {
	t.Helper()
	file, err := agentfile.Parse([]byte(text))
	require.NoError(t, err)
	effective, err := ownership.Compose(ownership.Parts{Agent: file, Guards: ownership.GuardsOf(file), Lookup: lookup})
	require.NoError(t, err)
	config, asked := resolved(t, effective.Config)
	require.Empty(t, asked)
	cfg := phoenixopamp.NewFactory().CreateDefaultConfig().(*phoenixopamp.Config)
	require.NoError(t, confmap.NewFromStringMap(at(t, config, "extensions", "phoenix_opamp").(map[string]any)).Unmarshal(cfg))
	require.NoError(t, confmap.Validate(cfg))
	return cfg
}

func TestTheExtensionReadsTheAgentFilesKeys(t *testing.T) {
	cfg := extensionOf(t, `
server:
  endpoint: wss://phoenix.example.com/v1/opamp
  token_file: /etc/otelcol-phoenix/token
  tls: {ca_file: /etc/otelcol-phoenix/ca.pem, cert_file: /etc/otelcol-phoenix/agent.pem, key_file: /etc/otelcol-phoenix/agent.key}
state_directory: /var/lib/phoenix
labels: {site: berlin, price: "5 ${env:HOME} $"}
page: {listen: "127.0.0.1:55690", token_file: /etc/otelcol-phoenix/page}
`)
	require.Equal(t, phoenixopamp.Server{
		Endpoint: "wss://phoenix.example.com/v1/opamp", TokenFile: "/etc/otelcol-phoenix/token",
		TLS: phoenixopamp.TLS{CAFile: "/etc/otelcol-phoenix/ca.pem", CertFile: "/etc/otelcol-phoenix/agent.pem", KeyFile: "/etc/otelcol-phoenix/agent.key"},
	}, cfg.Server)
	require.Equal(t, "/var/lib/phoenix", cfg.StateDirectory)
	require.Equal(t, map[string]string{"site": "berlin", "price": "5 ${env:HOME} $"}, cfg.Labels)
	require.Equal(t, phoenixopamp.Page{Socket: "/var/lib/phoenix/page.sock", Listen: "127.0.0.1:55690", TokenFile: "/etc/otelcol-phoenix/page"}, cfg.Page)
}

func TestAnAgentWithoutAServerHasNone(t *testing.T) {
	require.Empty(t, extensionOf(t, "labels: {site: berlin}").Server)
}

func TestRecordsGoWhereTheAgentFileSays(t *testing.T) {
	file, err := agentfile.Read("../agentfile/testdata/everything.good.yaml")
	require.NoError(t, err)
	g := ownership.GuardsOf(file)
	require.Equal(t, map[string]any{"endpoint": "https://phoenix.example.com"}, g.Records)
	require.Equal(t, "/etc/otelcol-phoenix/enrolment", at(t, g.Extension, "server", "enrolment_token_file"))
	require.Equal(t, map[string]any{"periodic": map[string]any{"interval": 60000, "exporter": map[string]any{"otlp": map[string]any{
		"protocol": "grpc", "endpoint": "https://otel.example.com:4317",
	}}}}, g.Export)
}
