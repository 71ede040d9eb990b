package processtest

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// T is what a story is told to: a test, a benchmark, a fuzz test or a property.
type T interface {
	require.TestingT
	Helper()
}

// ids makes every processor of the tests one of its own.
var ids atomic.Int64

// Settings are those of a processor with an id that no other one has.
func Settings(of component.Type) processor.Settings {
	set := processortest.NewNopSettings(of)
	set.ID = component.NewIDWithName(of, fmt.Sprint(ids.Add(1)))
	return set
}

// Push sends a batch and returns what came out into the sink; an empty batch if
// nothing did.
func Push(t T, p consumer.Metrics, sink *consumertest.MetricsSink, md pmetric.Metrics) pmetric.Metrics {
	t.Helper()
	sink.Reset()
	require.NoError(t, p.ConsumeMetrics(context.Background(), md))
	if all := sink.AllMetrics(); len(all) > 0 {
		return all[0]
	}
	return pmetric.NewMetrics()
}

// Tracked counts the processes that a processor remembers.
func Tracked(p *thinning.Processor) (n int) {
	for _, h := range p.Hosts() {
		n += h.Scrape().Ledger.Len()
	}
	return n
}

// Remembered lists the PIDs of the processes of one host that a processor
// remembers.
func Remembered(p *thinning.Processor, host string) (pids []int64) {
	for _, h := range p.Hosts() {
		if h.Scrape().Name == host {
			h.Scrape().Ledger.Processes(func(p *process.Process) { pids = append(pids, int64(p.ID().PID)) })
		}
	}
	return pids
}
