package thinning

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAveragesAreNumbers(t *testing.T) {
	for _, halfLife := range []time.Duration{0, 30 * time.Second} {
		r := newRates(1, halfLife)
		for _, increase := range []float64{1.7e308, math.MaxFloat64, 0, math.MaxFloat64} {
			got := r.average(0, 0, increase, 0.5)
			require.False(t, math.IsNaN(got) || math.IsInf(got, 0), "%v", got)
		}
		require.Positive(t, r.latest(0))
	}
}
