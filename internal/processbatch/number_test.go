package processbatch

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// reads is a scrape of one process with one counter of this value: an integer,
// a double, or none.
func reads(at int, pid int64, v any) pmetric.Metrics {
	md := scrape(at, proc{pid: pid, begun: 1})
	ms := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	ms.RemoveIf(func(pmetric.Metric) bool { return true })
	dps := addSum(ms, "process.io", "1", true)
	set(addPoint(dps, second, int64(at)*second), v)
	return md
}

func set(dp pmetric.NumberDataPoint, v any) {
	switch v := v.(type) {
	case int64:
		dp.SetIntValue(v)
	case float64:
		dp.SetDoubleValue(v)
	default: // a new point has no value
		none := pmetric.NewNumberDataPoint()
		none.SetTimestamp(dp.Timestamp())
		none.SetStartTimestamp(dp.StartTimestamp())
		none.MoveTo(dp)
	}
}

// A process that changes the type of its values has one series all the same,
// of the type that came first, and so has _other_.
func TestValuesOfAlternatingTypesAreOneSeries(t *testing.T) {
	for name, c := range map[string]struct {
		values []any
		kept   []string
		rest   []string
	}{
		"integers first": {
			[]any{int64(100), int64(110), 120.0, 130.9, int64(140), 150.0},
			[]string{"100", "110", "120", "130", "140", "150"},
			[]string{"0", "10", "20", "30", "40", "50"},
		},
		"doubles first": {
			[]any{0.25, int64(1), 1.5, int64(2)},
			[]string{"0.25", "1", "1.5", "2"},
			[]string{"0", "0.75", "1.25", "1.75"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			keeps, drops := tell(t), tell(t)
			for i, v := range c.values {
				at := 10 * (i + 1)
				kept := keeps.pass(reads(at, 1, v), 1).ResourceMetrics().At(0)
				require.Equal(t, c.kept[i], value(kept.ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints().At(0)), "scrape %d", i+1)
				rest := restOf(t, drops.pass(reads(at, 1, v))).ScopeMetrics().At(0).Metrics()
				require.Equal(t, 1, rest.At(0).Sum().DataPoints().Len())
				require.Equal(t, c.rest[i], value(rest.At(0).Sum().DataPoints().At(0)), "scrape %d", i+1)
			}
		})
	}
}

// Two processes with values of two types add up in one point.
func TestTheRestHasOnePointOfTwoTypes(t *testing.T) {
	s := tell(t)
	both := func(at int, i int64, f float64) pmetric.Metrics {
		md := reads(at, 1, i)
		reads(at, 2, f).ResourceMetrics().MoveAndAppendTo(md.ResourceMetrics())
		return md
	}
	s.pass(both(10, 7, 5))
	b := s.read(both(20, 8, 7))
	require.Equal(t, 1, b.Hosts()[0].Ledger.Faults.Bad, "counted, and used as far as it goes")
	out, _ := s.writer.Write(b)
	require.Equal(t, []string{"_other_ process.io{} 3 10-20", "_other_ process.count{} 2 0-20"}, lines(out))
}

// What no integer can be is refused by a series of them.
func TestDoublesThatAreNoIntegersAreRefused(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 1 << 63} {
		s := tell(t)
		s.pass(reads(10, 1, int64(100)), 1)
		b := s.read(reads(20, 1, v), 1)
		require.Positive(t, b.Hosts()[0].Ledger.Faults.Bad, "%v", v)
		require.Zero(t, b.Hosts()[0].Points)
		s.writer.Write(b)
		require.Contains(t, lines(s.pass(reads(30, 1, int64(101)), 1)), "1 process.io{} 101 10-30", "%v", v)
	}
}

// A point without a value is no zero, which would be a counter that began anew.
func TestAPointWithoutAValueIsBad(t *testing.T) {
	s := tell(t, "process.io")
	s.pass(reads(10, 1, int64(1000)))
	b := s.read(reads(20, 1, nil), 1)
	h := b.Hosts()[0]
	require.Equal(t, 1, h.Ledger.Faults.Bad)
	require.Zero(t, h.Ledger.Faults.Resets)
	require.Equal(t, []int{1, 0}, []int{h.Received, h.Points})
	require.Equal(t, uint8(1), h.Entries[0].Bad)
	out, _ := s.writer.Write(b)
	require.NotContains(t, lines(out), "1 process.io{} 0 20-20", "it is not written")
	require.Contains(t, lines(s.pass(reads(30, 1, int64(1001)))), "_other_ process.io{} 1 10-30")
}
