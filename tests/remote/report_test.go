//go:build linux

package remote

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/childcollector"
	"github.com/phoenix-platform/phoenix/tests/built"
)

const config = `
extensions:
  phoenix_opamp:
    server: {endpoint: ENDPOINT}
    state_directory: STATE
    labels: {site: SITE}
receivers:
  hostmetrics:
    collection_interval: 1s
    scrapers:
      process: {mute_process_all_errors: true}
processors:
  topk:
exporters:
  nop:
  otlphttp/unused:
    endpoint: http://me:hunter2@127.0.0.1:9
    headers: {x-api-key: hunter2}
service:
  extensions: [phoenix_opamp]
  pipelines:
    metrics: {receivers: [hostmetrics], processors: [topk], exporters: [nop]}
  telemetry:
    metrics: {level: none}
    logs: {encoding: json}
`

func configure(s *opampServer, state, site string) []byte {
	return []byte(strings.NewReplacer("ENDPOINT", s.endpoint, "STATE", state, "SITE", site).Replace(config))
}

func start(t *testing.T, text []byte) *childcollector.Collector {
	t.Helper()
	c, err := childcollector.Start(childcollector.Settings{Binary: built.Program(t, "otelcol-phoenix"), Config: text})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Stop(context.Background())) })
	return c
}

// page reads a page by the socket of a state directory.
func page(t *testing.T, state, path string) string {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(state, "page.sock"))
	}}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: patience}).Get("http://page" + path)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
	return string(body)
}

func TestTheCollectorReportsAndEndsCleanly(t *testing.T) {
	s, state := newServer(t), filepath.Join(t.TempDir(), "state")
	c := start(t, configure(s, state, "north"))
	s.await(t, "health, configuration and components", func() bool {
		return s.health.GetHealthy() && s.config != "" && s.components != nil
	})
	s.with(func() {
		require.Equal(t, "StatusOK", s.health.ComponentHealthMap["pipeline:metrics"].ComponentHealthMap["processor:topk"].Status)
		require.True(t, s.health.ComponentHealthMap["extensions"].ComponentHealthMap["extension:phoenix_opamp"].Healthy)
		require.Contains(t, s.config, "otlphttp/unused:")
		require.Contains(t, s.config, "x-api-key: '[REDACTED]'")
		require.NotContains(t, s.config, "hunter2")
		require.Contains(t, s.components.Components["processors"].SubComponentMap, "topk")
		require.Equal(t, "otelcol-phoenix", s.description.IdentifyingAttributes[0].Value.GetStringValue())
	})

	require.Contains(t, page(t, state, "/"), "processor:topk")
	require.NotContains(t, page(t, state, "/config"), "hunter2")
	var status struct {
		Server struct {
			Connected bool `json:"connected"`
		} `json:"server"`
	}
	require.NoError(t, json.Unmarshal([]byte(page(t, state, "/status?format=json")), &status))
	require.True(t, status.Server.Connected)
	s.await(t, "topk to explain its first scrape", func() bool { return strings.Contains(page(t, state, "/decisions"), "topk") })

	require.NoError(t, c.Stop(t.Context()))
	s.with(func() { require.Equal(t, 1, s.farewells) })
}

func TestAReloadKeepsTheConnection(t *testing.T) {
	s, state := newServer(t), filepath.Join(t.TempDir(), "state")
	c := start(t, configure(s, state, "north"))
	s.await(t, "health and configuration", func() bool { return s.health.GetHealthy() && strings.Contains(s.config, "site: north") })
	require.NoError(t, c.WriteConfig(configure(s, state, "south")))
	require.NoError(t, c.Reload())
	s.await(t, "health and the new configuration", func() bool { return s.health.GetHealthy() && strings.Contains(s.config, "site: south") })
	s.with(func() { require.Equal(t, 1, s.connections) })
}
