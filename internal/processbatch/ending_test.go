package processbatch

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// endings lists the last points of a batch.
func endings(md pmetric.Metrics) (all []string) {
	for _, line := range lines(md) {
		if strings.Contains(line, " end ") {
			all = append(all, line)
		}
	}
	return all
}

// allEnded are the last points of a process, whose counters began at a second.
func allEnded(who string, start, at int) []string {
	return []string{
		fmt.Sprintf("%s process.cpu.time{user} end %d-%d", who, start, at),
		fmt.Sprintf("%s process.cpu.time{wait} end %d-%d", who, start, at),
		fmt.Sprintf("%s process.disk.io{read} end %d-%d", who, start, at),
		fmt.Sprintf("%s process.disk.io{write} end %d-%d", who, start, at),
		fmt.Sprintf("%s process.memory.usage{} end 0-%d", who, at),
	}
}

func TestSeriesEndOnce(t *testing.T) {
	for name, second := range map[string]struct {
		md   pmetric.Metrics
		keep []int64
	}{
		"the process ended":    {scrape(20, proc{pid: 2}), nil},
		"it was dropped":       {scrape(20, proc{pid: 1}, proc{pid: 2}), nil},
		"another one was kept": {scrape(20, proc{pid: 1}, proc{pid: 2}), []int64{2}},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t)
			require.Empty(t, endings(s.pass(scrape(10, proc{pid: 1}, proc{pid: 2}), 1)))
			out, result := s.writer.Write(s.read(second.md, second.keep...))
			require.Equal(t, allEnded("1", 10, 20), endings(out))
			require.Equal(t, pointsOfProc, result.Ended)
			require.Equal(t, 1+pointsOfProc, result.OtherPoints, "they are no series")
			require.Empty(t, endings(s.pass(scrape(30, proc{pid: 2}), second.keep...)))
		})
	}
}

// The Prometheus exporter leaves a metric entry at its first flagged point.
func TestLastPointsAreInEntriesOfTheirOwn(t *testing.T) {
	s := tell(t)
	s.pass(scrape(10, proc{pid: 1}), 1)
	for _, rm := range s.pass(scrape(20, proc{pid: 2}), 2).ResourceMetrics().All() {
		for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
			dps := numberPoints(m)
			for _, dp := range dps.All() {
				if dp.Flags().NoRecordedValue() {
					require.Equal(t, 1, dps.Len())
				}
			}
		}
	}
}

// Series under other labels are others: the former ones end.
func TestSeriesEndWhenLabelsChange(t *testing.T) {
	s := tell(t)
	s.pass(scrape(10, proc{pid: 1}), 1)
	out := s.pass(scrape(20, proc{pid: 1, name: "java"}), 1)
	require.Equal(t, allEnded("1", 10, 20), endings(out))
	require.Contains(t, lines(out), "1 java process.cpu.time{user} 0 20-20")
	out = s.pass(scrape(30, proc{pid: 1}), 1)
	require.Equal(t, allEnded("1 java", 20, 30), endings(out), "and back")
	require.Empty(t, endings(s.pass(scrape(40, proc{pid: 1}), 1)), "they end once")
}

// Series that another process continues under the same labels do not end.
func TestSeriesOfAReusedPIDGoOn(t *testing.T) {
	s := tell(t)
	s.pass(scrape(10, proc{pid: 1, begun: 1, io: 100}), 1)
	out := s.pass(scrape(20, proc{pid: 1, begun: 15, io: 3}), 1)
	require.Empty(t, endings(out))
	require.Contains(t, lines(out), "1 process.disk.io{read} 0 20-20")

	out = s.pass(scrape(30, proc{pid: 1, begun: 25, io: 1, name: "cron"}), 1)
	require.Equal(t, allEnded("1", 20, 30), endings(out), "other labels")
	out = s.pass(scrape(40, proc{pid: 1, begun: 35, io: 1, name: "cron"}))
	require.Equal(t, allEnded("1 cron", 30, 40), endings(out), "it is not kept")
}

// The index of a process that was forgotten is another one's, whose series are
// not those.
func TestSeriesEndWhenAnIndexIsReused(t *testing.T) {
	s := tell(t)
	b := s.read(scrape(10, proc{pid: 1}), 1)
	index := b.Hosts()[0].Entries[0].Process.Index()
	s.writer.Write(b)
	b = s.read(scrape(20, proc{pid: 2}))
	b.Hosts()[0].Evict(b.Hosts()[0].Ledger.At(index))
	out, _ := s.writer.Write(b)
	require.Equal(t, allEnded("1", 10, 20), endings(out))
	b = s.read(scrape(30, proc{pid: 2}, proc{pid: 3}), 3)
	require.Equal(t, index, b.Hosts()[0].Entries[1].Process.Index())
	out, _ = s.writer.Write(b)
	require.Empty(t, endings(out))
	require.Equal(t, allEnded("3", 30, 40), endings(s.pass(scrape(40, proc{pid: 2}))))
}

// scoped is a scrape of process 1 with a counter in each of these scopes,
// "name" or "name version".
func scoped(at int, scopes ...string) pmetric.Metrics {
	md := scrape(at, proc{pid: 1})
	sms := md.ResourceMetrics().At(0).ScopeMetrics()
	sms.RemoveIf(func(pmetric.ScopeMetrics) bool { return true })
	for _, scope := range scopes {
		name, version, _ := strings.Cut(scope, " ")
		sm := sms.AppendEmpty()
		sm.Scope().SetName(name)
		sm.Scope().SetVersion(version)
		addPoint(addSum(sm.Metrics(), "process."+name, "1", true), second, int64(at)*second).SetIntValue(int64(at))
	}
	return md
}

// scopedLines is lines with each point's scope before it, without _other_.
func scopedLines(md pmetric.Metrics) (all []string) {
	for _, rm := range md.ResourceMetrics().All() {
		if text(rm.Resource().Attributes()) == "_other_" {
			continue
		}
		for _, sm := range rm.ScopeMetrics().All() {
			one := pmetric.NewMetrics()
			rm.Resource().CopyTo(one.ResourceMetrics().AppendEmpty().Resource())
			sm.CopyTo(one.ResourceMetrics().At(0).ScopeMetrics().AppendEmpty())
			for _, line := range lines(one) {
				all = append(all, strings.TrimSpace(sm.Scope().Name()+" "+sm.Scope().Version())+": "+line)
			}
		}
	}
	return all
}

// A series is a scope's: in whatever order its scopes come, each series ends
// under its own.
func TestSeriesEndUnderTheirScopes(t *testing.T) {
	for name, story := range map[string][][]string{
		"in one order":       {{"a", "b"}, {"a", "b"}},
		"in another":         {{"a", "b"}, {"b", "a"}},
		"one more after it":  {{"a"}, {"a", "b"}},
		"one more before it": {{"a"}, {"b", "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t)
			for i, scopes := range story {
				s.pass(scoped(10*i+10, scopes...), 1)
			}
			b := s.read(scrape(30, proc{pid: 2}))
			out, result := s.writer.Write(b)
			var got []string
			for _, line := range scopedLines(out) {
				scope, point, _ := strings.Cut(line, ": ")
				who, _, _ := strings.Cut(point, "{")
				require.Contains(t, point, " end ")
				got = append(got, scope+": "+who)
			}
			require.ElementsMatch(t, []string{"a: 1 process.a", "b: 1 process.b"}, got)
			require.Equal(t, 2, result.Ended)
		})
	}
}

// A scope of another version is another one, whose series begin at 0.
func TestSeriesEndWhenTheScopeChanges(t *testing.T) {
	s := tell(t)
	s.pass(scoped(10, "a 1"), 1)
	require.Equal(t, []string{"a 1: 1 process.a{} 20 10-20"}, scopedLines(s.pass(scoped(20, "a 1"), 1)))
	require.Equal(t, []string{"a 2: 1 process.a{} 0 30-30", "a 1: 1 process.a{} end 10-30"}, scopedLines(s.pass(scoped(30, "a 2"), 1)))
	require.Equal(t, []string{"a 2: 1 process.a{} 10 30-40"}, scopedLines(s.pass(scoped(40, "a 2"), 1)))
}

// The series of a scope that stays do not end when another one comes or goes.
func TestSeriesOfAScopeThatStaysDoNotEnd(t *testing.T) {
	s := tell(t)
	s.pass(scoped(10, "a"), 1)
	require.NotContains(t, strings.Join(scopedLines(s.pass(scoped(20, "b", "a"), 1)), "\n"), " end ")
	out := scopedLines(s.pass(scoped(30, "a"), 1))
	require.Len(t, out, 2)
	require.Contains(t, out, "b: 1 process.b{} end 20-30")
}

// A process all of whose points were refused is not written, and has nothing
// to end.
func TestAProcessWithoutPointsHasNoSeriesToEnd(t *testing.T) {
	s := tell(t)
	s.pass(scrape(10, proc{pid: 1, io: 100}), 1)
	require.Equal(t, allEnded("1", 10, 20), endings(s.pass(scrape(20, proc{pid: 2}))))
	require.Empty(t, endings(s.pass(scrape(30, proc{pid: 2}))))
	s.pass(reads(40, 1, nil), 1)
	require.Empty(t, endings(s.pass(scrape(50, proc{pid: 2}))))
}

// What another writer wrote for a host ends, unless it goes on.
func TestAWriterEndsTheSeriesOfTheOneBefore(t *testing.T) {
	s := tell(t)
	s.pass(scrape(10, proc{pid: 1}, proc{pid: 2}), 1, 2)
	former := s.writer
	s.reader = NewReader(Settings{StateLimit: 1000})
	s.writer = NewWriter(s.reader, WriterSettings{Other: "rest"})
	s.writer.Inherit(former)
	out := s.pass(scrape(20, proc{pid: 1}, proc{pid: 2}), 2)
	require.Equal(t, append(allEnded("1", 10, 20), allOfTheRestEnded(10, 20)...), endings(out))
	require.Empty(t, endings(s.pass(scrape(30, proc{pid: 1}, proc{pid: 2}), 2)))
}

// allOfTheRestEnded are the last points of _other_.
func allOfTheRestEnded(start, at int) []string {
	return append(allEnded("_other_", start, at), fmt.Sprintf("_other_ process.count{} end 0-%d", at))
}

// The account of a host that lay idle begins anew: what it wrote ends or goes
// on.
func TestSeriesEndWhenAnAccountBeginsAnew(t *testing.T) {
	s := tell(t)
	s.pass(scrape(10, proc{pid: 1}, proc{pid: 2}), 1, 2)
	s.pass(scrape(20, proc{pid: 1}, proc{pid: 2}), 1, 2)
	s.reader.Resume(time.Minute)
	out := s.pass(scrape(90, proc{pid: 1}, proc{pid: 2}), 2)
	require.Equal(t, allEnded("1", 10, 90), endings(out))
	require.Empty(t, endings(s.pass(scrape(100, proc{pid: 1}, proc{pid: 2}), 2)))
}

func TestEveryKindOfPointEnds(t *testing.T) {
	md := scrape(10, proc{pid: 1})
	ms := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	ms.RemoveIf(func(pmetric.Metric) bool { return true })
	m := ms.AppendEmpty()
	m.SetName("process.histogram")
	m.SetEmptyHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
	m.Histogram().DataPoints().AppendEmpty().Attributes().PutStr("k", "v")
	m = ms.AppendEmpty()
	m.SetName("process.exponential")
	m.SetEmptyExponentialHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	m.ExponentialHistogram().DataPoints().AppendEmpty().Attributes().PutStr("k", "v")
	m = ms.AppendEmpty()
	m.SetName("process.summary")
	m.SetUnit("s")
	m.SetEmptySummary().DataPoints().AppendEmpty().Attributes().PutStr("k", "v")
	m = ms.AppendEmpty()
	m.SetName("process.uptime")
	addPoint(m.SetEmptyGauge().DataPoints(), 0, 10*second, "k", "v").SetIntValue(1)

	s := tell(t)
	s.pass(md, 1)
	out, result := s.writer.Write(s.read(scrape(20, proc{pid: 2})))
	require.Equal(t, 4, result.Ended)
	ended := out.ResourceMetrics().At(1).ScopeMetrics().At(0).Metrics()
	require.Equal(t, 4, ended.Len())
	for i, m := range ended.All() {
		require.Equal(t, keyOf(ms.At(i)), keyOf(m))
	}
	histogram := ended.At(0).Histogram().DataPoints().At(0)
	exponential := ended.At(1).ExponentialHistogram().DataPoints().At(0)
	summary := ended.At(2).Summary().DataPoints().At(0)
	gauge := ended.At(3).Gauge().DataPoints().At(0)
	for _, flags := range []pmetric.DataPointFlags{histogram.Flags(), exponential.Flags(), summary.Flags(), gauge.Flags()} {
		require.True(t, flags.NoRecordedValue())
	}
	for _, attrs := range []map[string]any{histogram.Attributes().AsRaw(), exponential.Attributes().AsRaw(), summary.Attributes().AsRaw(), gauge.Attributes().AsRaw()} {
		require.Equal(t, map[string]any{"k": "v"}, attrs)
	}
	for _, at := range []int64{int64(histogram.Timestamp()), int64(exponential.Timestamp()), int64(summary.Timestamp()), int64(gauge.Timestamp())} {
		require.Equal(t, 20*second, at)
	}
}
