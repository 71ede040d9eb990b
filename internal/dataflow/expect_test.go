package dataflow

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func parse(t testing.TB, text string) map[string]any {
	t.Helper()
	var config map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &config))
	return config
}

const host = `
receivers:
  otlp:
  hostmetrics: {collection_interval: 10s, scrapers: {cpu: {}}}
  hostmetrics/phoenix: {collection_interval: 20s, scrapers: {process: {}}}
  hostmetrics/unknown: {collection_interval: "${env:INTERVAL}", scrapers: {process: {}}}
  processmetrics/phoenix:
exporters:
  otlphttp/destination: {endpoint: https://a, sending_queue: {batch: {flush_timeout: 5s}}}
  otlphttp/phoenix: {endpoint: https://b}
  otlphttp/phoenix-new: {endpoint: https://c}
service:
  pipelines:
    metrics: {receivers: [hostmetrics], exporters: [otlphttp/destination]}
    traces/phoenix: {receivers: [hostmetrics], exporters: [otlphttp/destination]}
`

func TestExpect(t *testing.T) {
	const at = "pipelines/metrics/phoenix"
	before := parse(t, host)
	before["exporters"].(map[string]any)["otlphttp/phoenix-new"] = map[string]any{"endpoint": "https://old"}
	for name, c := range map[string]struct {
		pipelines map[string]any
		want      Expectation
	}{
		"none but the owner's": {},
		"what scrapes and where it goes": {
			map[string]any{"metrics/phoenix": map[string]any{"receivers": []any{"otlp", "hostmetrics/phoenix"}, "exporters": []any{"otlphttp/destination"}}},
			Expectation{
				receivers: []component{{id: "hostmetrics/phoenix", path: at + "/receivers/hostmetrics/phoenix"}},
				exporters: []component{{id: "otlphttp/destination", path: at + "/exporters/otlphttp/destination", known: true}},
				interval:  20 * time.Second, delay: 5 * time.Second,
			},
		},
		"exporters of its own, of which one is new": {
			map[string]any{"metrics/phoenix-a": map[string]any{"receivers": []any{"hostmetrics"}, "exporters": []any{"otlphttp/phoenix", "otlphttp/phoenix-new"}}},
			Expectation{
				receivers: []component{{id: "hostmetrics", path: at + "-a/receivers/hostmetrics"}},
				exporters: []component{
					{id: "otlphttp/phoenix", path: at + "-a/exporters/otlphttp/phoenix", known: true},
					{id: "otlphttp/phoenix-new", path: at + "-a/exporters/otlphttp/phoenix-new"},
				},
				interval: 10 * time.Second,
			},
		},
		"what is only pushed to": {
			map[string]any{"metrics/phoenix": map[string]any{"receivers": []any{"otlp"}, "exporters": []any{"otlphttp/destination"}}},
			Expectation{},
		},
		"defaults, and once what is in two pipelines": {
			map[string]any{
				"metrics/phoenix":   map[string]any{"receivers": []any{"processmetrics/phoenix"}, "exporters": []any{"otlphttp/phoenix"}},
				"metrics/phoenix-b": map[string]any{"receivers": []any{"processmetrics/phoenix", "hostmetrics/unknown"}, "exporters": []any{"otlphttp/phoenix"}},
			},
			Expectation{
				receivers: []component{
					{id: "processmetrics/phoenix", path: at + "/receivers/processmetrics/phoenix"},
					{id: "hostmetrics/unknown", path: at + "-b/receivers/hostmetrics/unknown"},
				},
				exporters: []component{{id: "otlphttp/phoenix", path: at + "/exporters/otlphttp/phoenix", known: true}},
				interval:  time.Minute,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := parse(t, host)
			for id, p := range c.pipelines {
				section(config, "service", "pipelines")[id] = p
			}
			require.Equal(t, c.want, Expect(config, before))
		})
	}
}

func TestExpectWithNothingBefore(t *testing.T) {
	config := parse(t, host)
	section(config, "service", "pipelines")["metrics/phoenix"] = map[string]any{
		"receivers": []any{"hostmetrics"}, "exporters": []any{"otlphttp/phoenix", "otlphttp/destination"},
	}
	e := Expect(config, nil)
	require.False(t, e.exporters[0].known)
	require.True(t, e.exporters[1].known)
	require.Equal(t, Expectation{}, Expect(nil, nil))
}
