// Package catalog tests the pipeline templates with the built collector: that
// it takes what they render to, and what they make of a recorded host.
package catalog

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/catalog"
	"github.com/phoenix-platform/phoenix/catalog/recorded"
	"github.com/phoenix-platform/phoenix/internal/childcollector"
	"github.com/phoenix-platform/phoenix/internal/otlphttp"
	"github.com/phoenix-platform/phoenix/tests/built"
)

const (
	binary    = "../../bin/otelcol-phoenix"
	templates = "../../catalog/"
)

func requireBinary(t *testing.T) {
	t.Helper()
	require.FileExists(t, binary, "run make build")
}

func lookup(t *testing.T, name string) *catalog.Template {
	t.Helper()
	tpl, err := catalog.Lookup(name)
	require.NoError(t, err)
	return tpl
}

// recordedScrapes are what a real host said, by cmd/record-scrapes.
func recordedScrapes(t *testing.T) []pmetric.Metrics {
	t.Helper()
	scrapes, err := recorded.Scrapes()
	require.NoError(t, err)
	return scrapes
}

// destination takes what a template sends.
type destination struct {
	*httptest.Server
	mu  sync.Mutex
	all []pmetric.Metrics
}

func newDestination(t *testing.T) *destination {
	t.Helper()
	d := &destination{}
	d.Server = httptest.NewServer(otlphttp.Handler(func(md pmetric.Metrics) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.all = append(d.all, md)
		return nil
	}))
	t.Cleanup(d.Close)
	return d
}

// run sends scrapes through a template and returns what comes out.
func run(t *testing.T, tpl *catalog.Template, params map[string]any, scrapes []pmetric.Metrics) []pmetric.Metrics {
	t.Helper()
	requireBinary(t)
	out := newDestination(t)
	all := map[string]any{"endpoint": out.URL}
	for name, v := range params {
		all[name] = v
	}
	config, err := tpl.Render(all)
	require.NoError(t, err)
	address := built.FreeAddress(t)
	c, err := childcollector.Start(childcollector.Settings{Binary: binary, Config: withReceiver(t, config, address)})
	require.NoError(t, err)
	waitFor(t, address, c)
	for i, md := range scrapes {
		require.NoError(t, otlphttp.Post(context.Background(), http.DefaultClient, otlphttp.URL("http://"+address), md), "scrape %d", i+1)
	}
	require.NoError(t, c.Stop(context.Background()), "what is in the queue is sent before the end")
	out.mu.Lock()
	defer out.mu.Unlock()
	return out.all
}

// withReceiver replaces the receiver of a configuration, and keeps the
// collector's own metrics from a port that others may want.
func withReceiver(t *testing.T, config []byte, address string) []byte {
	t.Helper()
	var tree map[string]any
	require.NoError(t, yaml.Unmarshal(config, &tree))
	tree["receivers"] = map[string]any{
		"otlp": map[string]any{"protocols": map[string]any{"http": map[string]any{"endpoint": address}}},
	}
	service := tree["service"].(map[string]any)
	service["telemetry"] = map[string]any{"metrics": map[string]any{"level": "none"}}
	for _, p := range service["pipelines"].(map[string]any) {
		p.(map[string]any)["receivers"] = []string{"otlp"}
	}
	replaced, err := yaml.Marshal(tree)
	require.NoError(t, err)
	return replaced
}

// waitFor waits until the collector listens.
func waitFor(t *testing.T, address string, c *childcollector.Collector) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			require.NoError(t, conn.Close())
			return
		}
		select {
		case <-c.Done():
			require.NoError(t, c.Err())
			require.FailNow(t, "the collector ended by itself")
		case <-deadline:
			require.FailNow(t, fmt.Sprintf("the collector does not listen on %s: %v", address, err))
		case <-time.After(20 * time.Millisecond):
		}
	}
}
