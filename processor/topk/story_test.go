package topk

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/processor"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
	"github.com/phoenix-platform/phoenix/processor/topk/internal/metadata"
)

// The words that every story has, in short.
type ps = processtest.Process

var (
	at    = processtest.At
	push  = processtest.Push
	kept  = processtest.Kept
	rest  = processtest.Rest
	ended = processtest.Ended
)

// settings are those of a processor with an id that no other one has.
func settings() processor.Settings { return processtest.Settings(metadata.Type) }

// run makes a processor and the sink behind it.
func run(t processtest.T, change func(*Config)) (*thinning.Processor, *consumertest.MetricsSink) {
	t.Helper()
	sink := new(consumertest.MetricsSink)
	return start(t, settings(), change, sink), sink
}

// start makes a processor with these settings.
func start(t processtest.T, set processor.Settings, change func(*Config), next consumer.Metrics) *thinning.Processor {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.Critical = processtest.Critical()
	if change != nil {
		change(cfg)
	}
	require.NoError(t, cfg.Validate())
	p, err := New(set, cfg, next)
	require.NoError(t, err)
	return p
}

// top keeps the first k by a metric, at once and without a memory.
func top(metric string, k int) func(*Config) {
	return func(c *Config) {
		c.RankBy = []Rank{{Metric: metric, K: k}}
		c.HalfLife, c.Hysteresis, c.MaxSeries = 0, Hysteresis{}, 0
	}
}

// scrape is what a scrape of a story has and which processes must keep their
// names.
type scrape struct {
	processes []ps
	want      []int64
}

// tell lets a processor live through a story, a scrape every ten seconds.
func tell(t *testing.T, change func(*Config), story ...scrape) {
	t.Helper()
	p, sink := run(t, change)
	for i, s := range story {
		got := kept(push(t, p, sink, at(1000+10*i, s.processes...)))
		require.ElementsMatch(t, s.want, got, "scrape %d", i+1)
	}
}

// watched runs a story on a clock of its own and returns what was logged from
// the first scrape on.
func watched(t *testing.T, change func(*Config), story func(*thinning.Processor, *consumertest.MetricsSink)) *observer.ObservedLogs {
	t.Helper()
	set, sink := settings(), new(consumertest.MetricsSink)
	logs := processtest.Logs(&set, zap.InfoLevel)
	synctest.Test(t, func(t *testing.T) {
		p := start(t, set, change, sink)
		logs.TakeAll()
		story(p, sink)
	})
	return logs
}
