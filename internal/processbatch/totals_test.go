package processbatch

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// totals reads the totals of a host, by metric and attribute value.
func totals(r *Reader, h *Host) map[string]Total {
	all := map[string]Total{}
	r.Totals(h, func(t Total) {
		parts := strings.FieldsFunc(t.Key, func(r rune) bool { return r < ' ' || r == '"' })
		all[parts[0]+" "+parts[len(parts)-1]] = t
	})
	return all
}

// A reader whose entries are never kept knows what all processes use.
func TestTotals(t *testing.T) {
	s := tell(t)
	b := s.read(scrape(10, proc{pid: 1, cpu: 8, io: 100, memory: 5}))
	s.reader.Skip(b)
	b = s.read(scrape(20, proc{pid: 1, cpu: 9, io: 103, memory: 6}, proc{pid: 2, begun: 15, cpu: 2, io: 7, memory: 1}))
	s.reader.Skip(b)
	got := totals(s.reader, b.Hosts()[0])
	require.Len(t, got, pointsOfProc)
	require.Equal(t, process.Amount{Float: 3}, got["process.cpu.time user"].Value)
	require.True(t, got["process.cpu.time user"].Float)
	require.Equal(t, process.Counter, got["process.cpu.time user"].Kind)
	require.Equal(t, process.Amount{Int: 10}, got["process.disk.io read"].Value)
	require.False(t, got["process.disk.io read"].Float)
	require.Equal(t, process.Amount{Int: 7}, got["process.memory.usage process.memory.usage"].Value)
	require.Equal(t, process.Level, got["process.memory.usage process.memory.usage"].Kind)
}

// What waits for a first sample of _other_ is used already.
func TestTotalsCountWhatWaits(t *testing.T) {
	s := tell(t)
	md := scrape(10, proc{pid: 1})
	md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(1).Sum().DataPoints().At(0).SetFlags(
		flagged()) // reads are not in the first scrape
	s.reader.Skip(s.read(md))
	b := s.read(scrape(20, proc{pid: 2, begun: 15, io: 7}))
	s.reader.Skip(b)
	require.Equal(t, int64(7), totals(s.reader, b.Hosts()[0])["process.disk.io read"].Value.Int)
	require.Equal(t, 7.0, s.writer.Waiting(&Batch{hosts: b.Hosts()})["process.disk.io"])
}

func TestTotalsSaturate(t *testing.T) {
	s := tell(t)
	s.reader.Skip(s.read(scrape(10, proc{pid: 1, io: 0})))
	s.reader.Skip(s.read(scrape(20, proc{pid: 1, io: math.MaxInt64 / 2})))
	b := s.read(scrape(30, proc{pid: 1, io: math.MaxInt64 / 2}, proc{pid: 2, begun: 25, io: math.MaxInt64 / 2}, proc{pid: 3, begun: 25, io: math.MaxInt64 / 2}))
	b.Hosts()[0].Ledger.Relabel() // what this scrape gives waits
	s.reader.Skip(b)
	require.Equal(t, int64(math.MaxInt64), totals(s.reader, b.Hosts()[0])["process.disk.io read"].Value.Int)
}

func TestSeriesKeys(t *testing.T) {
	a, b := pcommon.NewMap(), pcommon.NewMap()
	a.PutStr("state", "user")
	a.PutInt("cpu", 3)
	b.PutInt("cpu", 3)
	b.PutStr("state", "user")
	require.Equal(t, SeriesKey("m", a), SeriesKey("m", b), "in any order")
	require.NotEqual(t, SeriesKey("m", a), SeriesKey("n", a))
	b.PutStr("cpu", "3")
	require.NotEqual(t, SeriesKey("m", a), SeriesKey("m", b))
}
