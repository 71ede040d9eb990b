package thinning

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/phoenix-platform/phoenix/internal/critical"
)

// Live changes may name critical entries for as long as the processor runs.
func TestWhatIsSaidOfEntriesThatAreGoneIsForgotten(t *testing.T) {
	tel := newTelemetry(processortest.NewNopSettings(component.MustNewType("topk")),
		Instruments{CriticalKept: noop.Int64Gauge{}, CriticalOverLimit: noop.Int64Gauge{}})
	var former critical.List
	for i := range 10 {
		entries := critical.List{{Name: fmt.Sprint("entry ", i), Conditions: []string{`resource.attributes["process.owner"] == "db"`}}}
		tel.watch(former, entries)
		tel.overLimit(entries[0], 1)
		former = entries
	}
	require.Len(t, tel.oncePer, 1)
}
