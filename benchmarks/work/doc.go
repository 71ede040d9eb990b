// Package work is what the benchmarks measure: the processors with their
// outputs caught, and checks of what came out. A figure of work that went wrong
// is worth nothing, so every measurement ends with its check.
package work

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// instances counts the processors made: under an id that was there before, one
// would go on where that one ended.
var instances atomic.Int64

// Catch returns a consumer that leaves each batch at out.
func Catch(out *pmetric.Metrics) (consumer.Metrics, error) {
	return consumer.NewMetrics(func(_ context.Context, md pmetric.Metrics) error {
		*out = md
		return nil
	})
}
