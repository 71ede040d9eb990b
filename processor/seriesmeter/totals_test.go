package seriesmeter

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// With more series than are remembered a backend's totals are not known, which
// is not the same as wrong. They are compared anew when there are fewer.
func TestTotalsOfMoreSeriesThanRememberedAreUnknown(t *testing.T) {
	p := pairOf(t)
	p.out.output.maxSeries = 5
	for n := range 3 {
		c := p.both(t, scrape(n, 3)).Compared // of six series
		require.EqualValues(t, -1, c.IntegerError)
		require.EqualValues(t, -1, c.DoubleError)
		require.EqualValues(t, -1, c.NamedCPU)
		require.EqualValues(t, -1, c.NamedIO)
		require.Zero(t, c.Reduction)
	}
	c := p.both(t, scrape(3, 2)).Compared
	require.Zero(t, c.IntegerError)
	require.Zero(t, c.DoubleError)
	require.EqualValues(t, -1, c.NamedCPU, "growth since a scrape that was not remembered whole")
	require.Equal(t, 1.0, p.both(t, scrape(4, 2)).Compared.NamedCPU)

	p.send(t, p.in, scrape(5, 2))
	lossy := p.send(t, p.out, scrape(5, 1))
	require.EqualValues(t, 200, lossy[0].Compared.IntegerError, "a loss is seen again")
}

func TestTotalsOfMoreMetricsThanRememberedAreUnknown(t *testing.T) {
	p := pairOf(t)
	for n := range 2 {
		md := scrape(n, 1)
		sum := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(1).Sum()
		for i := range maxTotals {
			dp := sum.DataPoints().AppendEmpty()
			sum.DataPoints().At(0).CopyTo(dp)
			dp.Attributes().PutInt("device", int64(i))
		}
		require.EqualValues(t, -1, p.both(t, md).Compared.IntegerError)
	}
}

// A series has one type, whatever its values have.
func TestValuesOfAnotherTypeAreConverted(t *testing.T) {
	for _, double := range []int{1, 2} { // the process whose disk I/O is a double
		t.Run(fmt.Sprint("process ", double), func(t *testing.T) {
			p := pairOf(t)
			for n := range 4 {
				md := scrape(n, 2)
				dp := md.ResourceMetrics().At(double - 1).ScopeMetrics().At(0).Metrics().At(1).Sum().DataPoints().At(0)
				dp.SetDoubleValue(float64(dp.IntValue()))
				c := p.both(t, md).Compared
				require.Zero(t, c.IntegerError)
				require.Zero(t, c.DoubleError)
				if n > 0 {
					require.Equal(t, 1.0, c.NamedIO)
				}
			}
		})
	}
}

// Values that are too large to be added up make no record that cannot be sent.
func TestValuesThatAddUpToNoNumberAreUnknown(t *testing.T) {
	p := pairOf(t)
	for n := range 2 {
		md := scrape(n, 2)
		for _, rm := range md.ResourceMetrics().All() {
			m := rm.ScopeMetrics().At(0).Metrics().AppendEmpty()
			m.SetName("process.memory.usage")
			dp := m.SetEmptySum().DataPoints().AppendEmpty()
			m.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
			dp.SetTimestamp(pcommon.Timestamp((n + 1) * 10e9))
			dp.SetDoubleValue(1.7e308)
		}
		r := p.both(t, md)
		require.EqualValues(t, -1, r.Compared.NamedMemory)
		require.Contains(t, r.String(), `"named_memory":-1`)
	}
}
