package benchmarks

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
	"github.com/phoenix-platform/phoenix/benchmarks/work"
	"github.com/phoenix-platform/phoenix/internal/processtest"
)

// stateLimit is enough for the largest host, and who ended a moment ago.
const stateLimit = 200_000

// thinner is a processor and who counts what comes out of it.
type thinner struct {
	out       pmetric.Metrics
	processor processor.Metrics
	consumer  *scrapes.Consumer
}

func newThinner(b *testing.B, f processor.Factory, cfg component.Config) *thinner {
	b.Helper()
	t := &thinner{consumer: scrapes.NewConsumer()}
	next, err := work.Catch(&t.out)
	require.NoError(b, err)
	t.processor, err = f.CreateMetrics(context.Background(), processtest.Settings(f.Type()), cfg, next)
	require.NoError(b, err)
	return t
}

func (t *thinner) run(md pmetric.Metrics) error {
	return t.processor.ConsumeMetrics(context.Background(), md)
}

// end checks that those processes were kept and nothing is lost.
func (t *thinner) end(b *testing.B, h *scrapes.Host, kept map[int64]bool) {
	b.Helper()
	require.NoError(b, t.consumer.CheckKept(kept))
	require.NoError(b, t.consumer.Check(h.Truth()))
	require.NoError(b, t.processor.Shutdown(context.Background()))
}

// besideTopk measures a processor on the scrapes of a host, which topk has in
// turn: x-topk is how many times as long as that it took.
func besideTopk(b *testing.B, h *scrapes.Host, t *thinner) {
	b.Helper()
	peer, err := work.NewTopk()
	require.NoError(b, err)
	for range warmUp {
		md := h.Next()
		require.NoError(b, peer.Scrape(md))
		require.NoError(b, t.run(md))
		t.consumer.Take(t.out)
	}
	var topk time.Duration
	rival := func(md pmetric.Metrics) {
		begun := time.Now()
		err := peer.Run(md)
		topk += time.Since(begun)
		require.NoError(b, err)
		peer.Count()
	}
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		md := h.Next()
		first := i%2 == 0 // whoever comes second finds the batch in the cache
		if first {
			rival(md)
		}
		b.StartTimer()
		err := t.run(md)
		b.StopTimer()
		require.NoError(b, err)
		t.consumer.Take(t.out)
		if !first {
			rival(md)
		}
		b.StartTimer()
	}
	require.NoError(b, peer.Check(h))
	require.NoError(b, peer.Close())
	b.ReportMetric(perPoint(b.Elapsed(), b, h), "ns/point")
	b.ReportMetric(float64(b.Elapsed())/float64(topk), "x-topk")
}
