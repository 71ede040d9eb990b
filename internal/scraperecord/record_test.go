package scraperecord

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// wild is a record whose numbers neither JSON nor a backend can take.
func wild() *Record {
	return &Record{
		Window: math.Inf(-1),
		Compared: &Comparison{
			Reduction: math.NaN(), NamedCPU: math.Inf(1), NamedMemory: 0.5, IntegerError: math.Inf(1), DoubleError: math.NaN(),
			Lost: Lost{PID: 7, CPU: math.Inf(1)},
		},
	}
}

var bounded = Record{
	Window: -math.MaxFloat64,
	Compared: &Comparison{
		Reduction: -1, NamedCPU: math.MaxFloat64, NamedMemory: 0.5, IntegerError: math.MaxFloat64, DoubleError: -1,
		Lost: Lost{PID: 7, CPU: math.MaxFloat64},
	},
}

func TestBoundLeavesNumbersThatEverybodyTakes(t *testing.T) {
	r := wild()
	r.Bound()
	require.Equal(t, bounded, *r)
	r = &Record{Window: math.NaN()}
	r.Bound()
	require.Equal(t, Record{Window: -1}, *r)
}

func TestARecordOfAnyNumbersHasAText(t *testing.T) {
	r := wild()
	var got Record
	require.NoError(t, json.Unmarshal([]byte(r.String()), &got))
	require.Equal(t, bounded, got)
	require.True(t, math.IsNaN(r.Compared.Reduction), "the record itself is as it was")
}

func TestDecodeBoundsWhatItReads(t *testing.T) {
	md := pmetric.NewMetrics()
	Encode(wild(), md.ResourceMetrics())
	got, err := Decode(md)
	require.NoError(t, err)
	require.Equal(t, []Record{bounded}, got)
}
