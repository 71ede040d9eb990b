package processbatch

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// number is a point's value.
type number struct {
	i     int64
	f     float64
	float bool
}

// numberOf reads a point's value; false if it has none.
func numberOf(dp pmetric.NumberDataPoint) (n number, ok bool) {
	switch dp.ValueType() {
	case pmetric.NumberDataPointValueTypeInt:
		return number{i: dp.IntValue()}, true
	case pmetric.NumberDataPointValueTypeDouble:
		return number{f: dp.DoubleValue(), float: true}, true
	}
	return n, false
}

// as converts a value to the type of its series, which the first value had: a
// metric has one of them, and two points with the same attributes would be the
// same series twice. ok is false for what no integer can be.
func (n number) as(float bool) (converted number, ok bool) {
	switch {
	case n.float == float:
		return n, true
	case float:
		return number{f: float64(n.i), float: true}, true
	case n.f >= math.MinInt64 && n.f < math.MaxInt64:
		return number{i: int64(n.f)}, true
	}
	return number{}, false
}

// value is the number as a double.
func (n number) value() float64 {
	if n.float {
		return n.f
	}
	return float64(n.i)
}
