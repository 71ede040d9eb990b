package processmetrics

import (
	"context"
	"sync"

	"go.opentelemetry.io/collector/receiver"
)

// endsOnce is a receiver that can be shut down more than once; the one of
// scraperhelper panics.
type endsOnce struct {
	receiver.Metrics
	once sync.Once
	err  error
}

func (e *endsOnce) Shutdown(ctx context.Context) error {
	e.once.Do(func() { e.err = e.Metrics.Shutdown(ctx) })
	return e.err
}
