package process

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// exact is the sum of doubles without any rounding: 2,200 bits hold every
// double, from the greatest to the smallest.
func exact(values []float64) *big.Float {
	total := new(big.Float).SetPrec(2200)
	for _, v := range values {
		total.Add(total, new(big.Float).SetFloat64(v))
	}
	return total
}

// The error of Neumaier's sum does not depend on how much cancels out but on
// the sum of the magnitudes, and on that by the square of a rounding: far less
// than one rounding of the result for any number of values here.
func TestDoublesAreSummedWithCompensation(t *testing.T) {
	value := rapid.Custom(func(t *rapid.T) float64 {
		return math.Ldexp(rapid.Float64Range(-1, 1).Draw(t, "mantissa"), rapid.IntRange(-100, 100).Draw(t, "exponent"))
	})
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(value, 1, 100).Draw(t, "values")
		for _, v := range values[:rapid.IntRange(0, len(values)).Draw(t, "cancelled")] {
			values = append(values, -v)
		}
		var s sum
		magnitude := 0.0
		for _, v := range values {
			s.addFloat(v)
			magnitude += math.Abs(v)
		}
		want, _ := exact(values).Float64()
		n := float64(len(values))
		bound := math.Abs(want)*0x1p-52 + n*n*magnitude*0x1p-104
		require.InDelta(t, want, s.float(), bound)
	})
}

// Ten million scrapes would be no other case than these: a plain sum loses all
// of the small values.
func TestSmallDeltasAreNotLostInALargeTotal(t *testing.T) {
	s := sum{f: 0x1p53}
	for range 1000 {
		s.addFloat(0.25)
	}
	require.Equal(t, 0x1p53+250, s.float())
}

func TestSumsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 0, 100).Draw(t, "values")
		ints := rapid.SliceOfN(rapid.Int64Range(-1e9, 1e9), 0, 100).Draw(t, "ints")
		var parts [3]sum
		want := int64(0)
		for i, v := range values {
			parts[i%3].addFloat(v)
		}
		for i, v := range ints {
			parts[i%3].addInt(v)
			want += v
		}
		var all sum
		for _, p := range parts {
			all.add(p)
		}
		wantFloat, _ := exact(values).Float64()
		require.Equal(t, want, all.i)
		require.InDelta(t, wantFloat, all.float(), wantFloat*0x1p-51)
	})
}

// What compensates one sum compensates the sum of two.
func TestSumsAddUpWithTheirCompensation(t *testing.T) {
	var large, back sum
	large.addFloat(0x1p53)
	large.addFloat(0.25)
	back.addFloat(-0x1p53)
	back.addFloat(0.125)
	large.add(back)
	require.Equal(t, 0.375, large.float())
}

func TestIntegersSaturate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		want := new(big.Int).Add(big.NewInt(a), big.NewInt(b))
		switch {
		case want.IsInt64():
			require.Equal(t, want.Int64(), addSaturating(a, b))
		case want.Sign() > 0:
			require.Equal(t, int64(math.MaxInt64), addSaturating(a, b))
		default:
			require.Equal(t, int64(math.MinInt64), addSaturating(a, b))
		}
	})
}

func TestDoublesSaturate(t *testing.T) {
	const most = math.MaxFloat64
	for name, c := range map[string]struct {
		values []float64
		want   float64
	}{
		"upwards":                         {[]float64{most, most, 1}, most},
		"downwards":                       {[]float64{-most, -most, -1}, -most},
		"and back":                        {[]float64{most, most, -most}, 0},
		"by what is too small to add":     {append([]float64{most}, many(100, 1e291)...), most},
		"downwards by what is too small":  {append([]float64{-most}, many(100, -1e291)...), -most},
		"what is too small is kept for a": {append(append([]float64{most}, many(100, 1e291)...), -most), 1e293},
	} {
		t.Run(name, func(t *testing.T) {
			var s sum
			for _, v := range c.values {
				s.addFloat(v)
			}
			require.InEpsilon(t, c.want+1, s.float()+1, 1e-12)
		})
	}
}

func many(n int, v float64) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = v
	}
	return all
}
