package adaptivefilter

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThresholdsAreInTheUnitsOfTheMetrics(t *testing.T) {
	got := Levels{
		{CPUCores: new(0.0), MemoryMiB: new(1.0)},
		{CPUCores: new(0.5)},
		{CPUCores: new(2.0), DiskIOMiB: new(3.0)},
	}.thresholds()
	inf := math.Inf(1)
	require.Equal(t, []float64{0, mebibyte, inf}, got[0].least)
	require.Equal(t, []float64{0.5, inf, inf}, got[1].least)
	require.Equal(t, []float64{2, inf, 3 * mebibyte}, got[2].least)
	require.Equal(t, 0.5, got[0].scale[0], "0 weighs like the next threshold")
	require.Equal(t, 1.0, Levels{{CPUCores: new(0.0)}}.thresholds()[0].scale[0], "without one, in whole cores")
}

func TestOnlyMetricsWithAThresholdAreMeasured(t *testing.T) {
	s := &strategy{gauges: Levels{{DiskIOMiB: new(3.0)}, {Load: 0.5, CPUCores: new(1.0)}}.used()}
	require.Equal(t, []string{"cpu", "disk_io"}, s.Metrics())
}

func TestTheValueFurthestAboveItsThresholdCounts(t *testing.T) {
	level := thresholds{least: []float64{2, 100}, scale: []float64{2, 100}}
	require.Equal(t, verdict{reached: 3, metric: 1, ratio: 3}, level.judge([]float64{4, 300}, 0))
	require.Equal(t, verdict{reached: 3, metric: 0, ratio: 4}, level.judge([]float64{8, 300}, 0))
	require.Zero(t, level.judge([]float64{1.9, 99}, 0).reached)
}

// What stays goes behind everything that reaches its threshold.
func TestAValueThatStaysWeighsLessThanOneThatReaches(t *testing.T) {
	level := thresholds{least: []float64{2, 100}, scale: []float64{2, 100}}
	require.Equal(t, verdict{reached: 1, metric: 0, ratio: 0.9, stays: true}, level.judge([]float64{1.8, 99}, 1))
	require.Equal(t, verdict{reached: 3, metric: 1, ratio: 1}, level.judge([]float64{1.8, 100}, 1))
	require.Zero(t, level.judge([]float64{1.5, 0}, 3).reached, "below four fifths")
}
