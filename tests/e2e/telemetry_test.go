//go:build linux

package e2e

import (
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/tests/built"
)

// mistaken ranks by a metric that the scraper has, and by one that is not
// enabled there.
const mistaken = `
receivers:
  host_metrics:
    collection_interval: 1s
    initial_delay: 100ms
    scrapers: {process: {mute_process_all_errors: true}}
processors:
  topk: {rank_by: [{metric: memory, k: 5}, {metric: process.threads, k: 5}]}
exporters:
  otlp_http: {endpoint: SINK/thinned, sending_queue: {enabled: false}}
service:
  telemetry: {logs: {encoding: json}}
  pipelines:
    metrics: {receivers: [host_metrics], processors: [topk], exporters: [otlp_http]}
`

// TestRankMetricMissing finds the mistake in the log and in the collector's
// own metrics.
func TestRankMetricMissing(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	address := built.FreeAddress(t)
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	c := start(t, fill(mistaken, "SINK", s.url), "--config=yaml:"+fill(selfTelemetry, "PORT", port))

	const message = "a metric that processes are chosen by was in none of the scrapes"
	c.await("the log record", func() bool { return len(c.records(message)) > 0 })
	assert.GreaterOrEqual(t, len(s.got("thinned")), 2, "scrapes that went on before the one it was said at")
	record := c.records(message)[0]
	assert.Equal(t, "warn", record.Level)
	assert.Equal(t, "process.threads", record.Fields["metric"])
	assert.Contains(t, record.Message, "do not choose by it")

	const missing = `otelcol_processor_topk_rank_metric_missing{metric="process.threads",processor="topk"} 1`
	var own string
	c.await("the metric", func() bool {
		own = page(t, address+"/metrics")
		return strings.Contains(own, missing)
	})
	assert.Contains(t, own, `otelcol_processor_topk_rank_metric_missing{metric="memory",processor="topk"} 0`)
	for _, name := range []string{
		"budget_exceeded", "decision_duration_count", "late_points", "membership_changes",
		"processes_kept", "processes_tracked", "series_in", "series_kept", "series_other", "split_scrapes", "waiting",
	} {
		assert.True(t, strings.Contains(own, "\notelcol_processor_topk_"+name+"{"), "own metrics have %s", name)
	}
	assert.Contains(t, own, `otelcol_processor_incoming_items{otel_signal="metrics",processor="topk"}`)
	assert.Contains(t, own, `otelcol_processor_outgoing_items{otel_signal="metrics",processor="topk"}`)
	c.await("more scrapes", func() bool { return s.has(6, "thinned") })
	assert.Len(t, c.records(message), 1, "it is said once")
	t.Logf("said after scrape 3 and once in %d scrapes: %s", len(s.got("thinned")), record.Message)
}
