package process

import "math"

// sum is a running total. Integers saturate instead of wrapping round;
// doubles are summed with Neumaier's compensation (A. Neumaier,
// "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen",
// ZAMM 54, 1974), so that a long-lived total stays exact to a few ulps.
type sum struct {
	i    int64
	f, c float64
}

func (s *sum) addInt(v int64) { s.i = addSaturating(s.i, v) }

func (s *sum) addFloat(v float64) {
	t := s.f + v
	if math.Abs(s.f) >= math.Abs(v) {
		s.c += (s.f - t) + v
	} else {
		s.c += (v - t) + s.f
	}
	s.f = t
	if math.IsInf(s.f, 0) || math.IsNaN(s.c) { // saturate as integers do
		s.f, s.c = math.Copysign(math.MaxFloat64, v), 0
	}
}

func (s *sum) add(o sum) {
	s.addInt(o.i)
	s.addFloat(o.f)
	s.addFloat(o.c)
}

func (s *sum) float() float64 {
	return max(-math.MaxFloat64, min(s.f+s.c, math.MaxFloat64))
}

func addSaturating(a, b int64) int64 {
	c := a + b
	switch {
	case a > 0 && b > 0 && c < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && c >= 0:
		return math.MinInt64
	}
	return c
}
