package processbatch

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// wide is a scrape of processes with so many counters each.
func wide(at int64, processes, counters int) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for pid := range processes {
		rm := md.ResourceMetrics().AppendEmpty()
		rm.Resource().Attributes().PutInt("process.pid", int64(pid+1))
		ms := rm.ScopeMetrics().AppendEmpty().Metrics()
		for i := range counters {
			dps := addSum(ms, fmt.Sprint("process.metric.", i), "1", i%2 == 0)
			addPoint(dps, second, at*second, "key", "value").SetIntValue(at)
		}
	}
	return md
}

// A scrape allocates a few slices of its own. Processes and points that are
// dropped add nothing to them.
func TestDroppedPointsDoNotAllocate(t *testing.T) {
	const runs = 5
	measure := func(processes, counters int) float64 {
		r, next := NewReader(Settings{Ranks: []string{"cpu"}, StateLimit: 1000}), 0
		var batches []pmetric.Metrics
		for at := range int64(runs + 3) {
			batches = append(batches, wide(at+10, processes, counters))
		}
		scrape := func() {
			r.Skip(r.Read(batches[next]))
			next++
		}
		scrape()
		scrape()
		allocations := testing.AllocsPerRun(runs, scrape)
		require.Len(t, batches, next)
		totals := 0
		r.Totals(r.last, func(got Total) {
			totals++
			if got.Kind == process.Counter {
				require.Equal(t, int64((next-1)*processes), got.Value.Int)
			}
		})
		require.Equal(t, counters, totals)
		return allocations
	}
	few := measure(2, 1)
	require.LessOrEqual(t, few, 10.0)
	require.Equal(t, few, measure(2, 30))
	require.Equal(t, few, measure(500, 1))
	require.Equal(t, few, measure(500, 30))
}
