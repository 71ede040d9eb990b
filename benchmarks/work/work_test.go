package work

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
)

func TestTopkKeepsTheHeavyOnesAndLosesNothing(t *testing.T) {
	h := scrapes.NewHost(scrapes.Settings{Processes: 300, Churn: 0.02})
	topk, err := NewTopk()
	require.NoError(t, err)
	for range 5 {
		require.NoError(t, topk.Scrape(h.Next()))
	}
	require.NoError(t, topk.Check(h))
	require.NoError(t, topk.Close())
}

func TestCheckNoticesALostPoint(t *testing.T) {
	h := scrapes.NewHost(scrapes.Settings{Processes: 300})
	topk, err := NewTopk()
	require.NoError(t, err)
	require.NoError(t, topk.Scrape(h.Next()))
	require.NoError(t, topk.Run(h.Next()))
	other := topk.Out.ResourceMetrics().At(topk.Out.ResourceMetrics().Len() - 1)
	other.ScopeMetrics().At(0).Metrics().RemoveIf(func(m pmetric.Metric) bool {
		return m.Name() == "process.disk.io"
	})
	topk.Count()
	require.ErrorContains(t, topk.Check(h), "total of process.disk.io read")
	require.NoError(t, topk.Close())
}

func TestMetersCompareTheTwoSides(t *testing.T) {
	h := scrapes.NewHost(scrapes.Settings{Processes: 300, Churn: 0.02})
	m, err := NewMeters()
	require.NoError(t, err)
	for range 5 {
		require.NoError(t, m.RunInput(h.Next()))
		require.NoError(t, m.Thin())
		require.NoError(t, m.RunOutput())
	}
	require.NoError(t, m.Check(h))
	m.topk.Out.ResourceMetrics().RemoveIf(func(pmetric.ResourceMetrics) bool { return true })
	h.Next()
	require.Error(t, m.Check(h), "a scrape that the meters did not see")
	require.NoError(t, m.Close())
}

func TestMeasurementsOfMemoryAreChecked(t *testing.T) {
	bytes, err := State(300)
	require.NoError(t, err)
	require.Positive(t, bytes)
	a, err := Allocated(100, 300)
	require.NoError(t, err)
	require.Positive(t, a.PerEmitted)
}

func TestThinnedIsLessThanUnfiltered(t *testing.T) {
	unfiltered, thinned, err := Sizes(300, 2)
	require.NoError(t, err)
	require.Less(t, thinned.Protobuf, unfiltered.Protobuf)
	require.Less(t, thinned.Gzip, unfiltered.Gzip)
	require.Less(t, unfiltered.Gzip, unfiltered.Protobuf)
}
