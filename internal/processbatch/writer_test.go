package processbatch

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"
)

// Everything that is not a process passes in order, the kept processes stay in
// their places, _other_ is last.
func TestTheOrderOfTheOutput(t *testing.T) {
	md := pmetric.NewMetrics()
	application(md.ResourceMetrics().AppendEmpty(), "jvm.threads")
	for pid := range int64(3) {
		proc{pid: pid + 1}.write(md.ResourceMetrics().AppendEmpty(), 10*second)
	}
	application(md.ResourceMetrics().AppendEmpty(), "jvm.classes")
	var got []string
	for _, rm := range tell(t).pass(md, 1, 3).ResourceMetrics().All() {
		got = append(got, text(rm.Resource().Attributes()))
	}
	require.Equal(t, []string{"1 shop", "1", "3", "1 shop", "_other_"}, got)
}

func TestCountersAreConserved(t *testing.T) {
	s := tell(t)
	s.pass(scrape(10, proc{pid: 1, begun: 1, io: 100}))
	s.pass(scrape(20, proc{pid: 1, begun: 1, io: 130}))
	out := s.pass(scrape(30, proc{pid: 1, begun: 1, io: 150, cpu: 4, memory: 7}), 1)
	require.Equal(t, []string{
		"1 process.cpu.time{user} 0 30-30",
		"1 process.cpu.time{wait} 0 30-30",
		"1 process.disk.io{read} 100 30-30",
		"1 process.disk.io{write} 200 30-30",
		"1 process.memory.usage{} 7 1-30",
		"_other_ process.cpu.time{user} 4 10-30",
		"_other_ process.cpu.time{wait} 1 10-30",
		"_other_ process.disk.io{read} 50 10-30",
		"_other_ process.disk.io{write} 100 10-30",
		"_other_ process.memory.usage{} 0 10-30",
		"_other_ process.count{} 0 0-30",
	}, lines(out))
}

func TestRawCountersAreWrittenAsTheyCame(t *testing.T) {
	s := tell(t)
	s.writer = NewWriter(s.reader, WriterSettings{Other: "_other_", Raw: true})
	s.pass(scrape(10, proc{pid: 1, begun: 1, io: 100}))
	md := scrape(20, proc{pid: 1, begun: 1, io: 130, cpu: 4, memory: 7})
	out := s.pass(md, 1)
	require.Equal(t, lines(md), lines(out)[:pointsOfProc])
	require.Contains(t, lines(out), "_other_ process.disk.io{read} 30 10-20")
	require.False(t, s.writer.Configure(WriterSettings{Other: "_other_"}), "these series cannot go on")
	require.True(t, s.writer.settings.Raw)
}

func TestSchemasAndScopesAreKept(t *testing.T) {
	md := scrape(10, proc{pid: 1})
	rm := md.ResourceMetrics().At(0)
	empty := rm.ScopeMetrics().AppendEmpty()
	empty.Scope().SetName("empty")
	last := rm.ScopeMetrics().AppendEmpty()
	last.SetSchemaUrl("https://opentelemetry.io/schemas/1.37.0")
	last.Scope().SetName("last")
	last.Scope().Attributes().PutStr("key", "value")
	addPoint(addSum(last.Metrics(), "process.threads", "{thread}", false), second, 10*second).SetIntValue(5)
	s := tell(t)
	want := scopes(rm)
	require.Equal(t, want, scopes(s.pass(md, 1).ResourceMetrics().At(0)))

	ended := s.pass(scrape(20, proc{pid: 2})).ResourceMetrics().At(1)
	require.Equal(t, "1", text(ended.Resource().Attributes()))
	require.Equal(t, want, scopes(ended), "of its last points too")
	require.Equal(t, pointsOfProc, ended.ScopeMetrics().At(0).Metrics().Len())
	require.Equal(t, "process.threads", ended.ScopeMetrics().At(2).Metrics().At(0).Name())
}

func scopes(rm pmetric.ResourceMetrics) (all []map[string]any) {
	all = append(all, map[string]any{"schema": rm.SchemaUrl()})
	for _, sm := range rm.ScopeMetrics().All() {
		all = append(all, map[string]any{
			"schema": sm.SchemaUrl(), "name": sm.Scope().Name(),
			"version": sm.Scope().Version(), "attributes": sm.Scope().Attributes().AsRaw(),
		})
	}
	return all
}

// Attributes are dropped from what is written, and are no part of its labels.
func TestDroppedAttributes(t *testing.T) {
	s := tell(t)
	s.writer = NewWriter(s.reader, WriterSettings{Other: "_other_", Drop: []string{"process.command_line"}})
	line := func(text string) map[string]any { return map[string]any{"process.command_line": text} }
	s.pass(scrape(10, proc{pid: 1, io: 100, attrs: line("a")}), 1)
	out := s.pass(scrape(20, proc{pid: 1, io: 103, attrs: line("b")}), 1)
	require.Contains(t, lines(out), "1 process.disk.io{read} 103 10-20")
	require.Empty(t, endings(out))
	for _, rm := range out.ResourceMetrics().All() {
		require.NotContains(t, rm.Resource().Attributes().AsRaw(), "process.command_line")
	}
}

// What cannot be a value of a counter or a flow is not written; levels and what
// does not add up are written as they came.
func TestRefusedPointsAreNotWritten(t *testing.T) {
	md := scrape(10, proc{pid: 1, cpu: 4, memory: 7})
	ms := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	ms.At(0).Sum().DataPoints().At(0).SetDoubleValue(math.NaN())
	for i := range 2 {
		ms.At(1).Sum().DataPoints().At(i).SetIntValue(-1) // the whole metric
	}
	flow := addSum(ms, "process.flow", "1", true)
	ms.At(3).Sum().SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
	addPoint(flow, second, 10*second, "n", "bad").SetDoubleValue(-1)
	addPoint(flow, second, 10*second, "n", "good").SetDoubleValue(1)
	addPoint(flow, second, 10*second, "n", "none").SetFlags(flagged())
	uptime := ms.AppendEmpty()
	uptime.SetName("process.uptime")
	addPoint(uptime.SetEmptyGauge().DataPoints(), 0, 10*second).SetDoubleValue(math.Inf(1))
	s := tell(t)
	b := s.read(md, 1)
	h := b.Hosts()[0]
	require.Equal(t, 4, h.Ledger.Faults.Bad)
	require.Equal(t, 9, h.Received)
	require.Equal(t, int32(4), h.Entries[0].Points)
	out, result := s.writer.Write(b)
	require.Equal(t, 4, result.KeptPoints)
	require.Equal(t, []string{
		"1 process.cpu.time{wait} 1 10-10",
		"1 process.memory.usage{} 7 0-10",
		"1 process.flow{good} 1 1-10",
		"1 process.uptime{} +Inf 0-10",
	}, lines(out)[:4])
	require.Equal(t, 4, out.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().Len(), "no empty metric")
}

// Histograms and the like stay with kept processes and are counted when they
// are dropped.
func TestWhatDoesNotAddUp(t *testing.T) {
	md := scrape(10, proc{pid: 1}, proc{pid: 2})
	for _, rm := range md.ResourceMetrics().All() {
		ms := rm.ScopeMetrics().At(0).Metrics()
		m := ms.AppendEmpty()
		m.SetName("process.histogram")
		m.SetEmptyHistogram().DataPoints().AppendEmpty().SetCount(3)
		m = ms.AppendEmpty()
		m.SetName("process.exponential")
		m.SetEmptyExponentialHistogram().DataPoints().AppendEmpty().SetCount(3)
		m = ms.AppendEmpty()
		m.SetName("process.summary")
		m.SetEmptySummary().DataPoints().AppendEmpty().SetCount(3)
		m = ms.AppendEmpty()
		m.SetName("process.uptime")
		m.SetEmptyGauge().DataPoints().AppendEmpty().SetIntValue(3)
	}
	s := tell(t)
	out, result := s.writer.Write(s.read(md, 1))
	require.Equal(t, Result{
		Kept: 1, KeptPoints: pointsOfProc + 4, Other: 1, OtherPoints: pointsOfProc + 1, PlainDropped: 4,
	}, result)
	in, kept := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics(), out.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	for i := 3; i < 7; i++ {
		require.Equal(t, in.At(i), kept.At(i))
	}
}

// No call changes its input, and nothing of it is held when it is over.
func TestBatchesAreOnlyRead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := tell(t, "cpu", "memory")
		for i := range rapid.IntRange(1, 4).Draw(rt, "scrapes") {
			md := scrape(10*i + 10)
			application(md.ResourceMetrics().AppendEmpty(), "jvm.threads")
			for pid := range rapid.Int64Range(0, 4).Draw(rt, "processes") {
				p := proc{pid: pid + 1, io: rapid.Int64Range(-9, 9).Draw(rt, "io"), cpu: rapid.Float64Range(-9, 9).Draw(rt, "cpu")}
				p.write(md.ResourceMetrics().AppendEmpty(), int64(10*i+10)*second)
			}
			before := bytesOf(t, md)
			b := s.read(md, rapid.SliceOfN(rapid.Int64Range(1, 4), 0, 4).Draw(rt, "keep")...)
			require.Equal(rt, md, b.md)
			hosts := slices.Clone(b.Hosts())
			if rapid.Bool().Draw(rt, "skip") {
				s.reader.Skip(b)
			} else {
				s.writer.Write(b)
			}
			require.Equal(rt, before, bytesOf(t, md))
			require.Zero(rt, b.md)
			for _, h := range hosts {
				require.Nil(rt, h.Entries)
				require.Nil(rt, h.AllValues())
			}
			for _, e := range s.reader.entries[:cap(s.reader.entries)] {
				require.Zero(rt, e)
			}
		}
	})
}
