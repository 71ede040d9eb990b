package processbatch

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/process"
)

func TestWhatIsAProcess(t *testing.T) {
	for name, c := range map[string]struct {
		pid     any
		metrics []string // of two scopes, the last one alone in the second
		want    bool
	}{
		"a pid and metrics of processes":   {int64(7), []string{"process.cpu.time", "process.memory.usage"}, true},
		"any metric of that name":          {int64(7), []string{"process.", "process.anything.new"}, true},
		"the greatest pid":                 {int64(math.MaxInt32), []string{"process.cpu.time"}, true},
		"no pid":                           {nil, []string{"process.cpu.time"}, false},
		"a pid that is a text":             {"7", []string{"process.cpu.time"}, false},
		"pid 0":                            {int64(0), []string{"process.cpu.time"}, false},
		"a negative pid":                   {int64(-7), []string{"process.cpu.time"}, false},
		"a pid beyond 32 bits":             {int64(math.MaxInt32 + 1), []string{"process.cpu.time"}, false},
		"metrics of a runtime":             {int64(7), []string{"process.runtime.go.goroutines"}, false},
		"one metric of an application":     {int64(7), []string{"process.cpu.time", "http.server.duration"}, false},
		"one metric of a runtime":          {int64(7), []string{"process.cpu.time", "process.runtime.jvm.memory"}, false},
		"another word that begins like it": {int64(7), []string{"processes.count"}, false},
		"no metric":                        {int64(7), nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			md := pmetric.NewMetrics()
			rm := md.ResourceMetrics().AppendEmpty()
			require.NoError(t, rm.Resource().Attributes().PutEmpty("process.pid").FromRaw(c.pid))
			for i := range 2 {
				ms := rm.ScopeMetrics().AppendEmpty().Metrics()
				for j, metric := range c.metrics {
					if (j == len(c.metrics)-1) == (i == 1) {
						addPoint(addSum(ms, metric, "1", true), 1, 2).SetIntValue(7)
					}
				}
			}
			s := tell(t)
			b := s.read(md)
			if c.want {
				require.Len(t, b.Hosts(), 1)
				require.Equal(t, len(c.metrics), b.Hosts()[0].Received)
				require.Zero(t, b.PassedPoints())
				return
			}
			require.Empty(t, b.Hosts())
			require.Equal(t, len(c.metrics), b.PassedPoints())
			out, result := s.writer.Write(b)
			require.Equal(t, bytesOf(t, md), bytesOf(t, out), "it passes as it came")
			require.Zero(t, result)
		})
	}
}

func TestCreationTimes(t *testing.T) {
	cumulative, delta := pmetric.AggregationTemporalityCumulative, pmetric.AggregationTemporalityDelta
	type sum struct {
		monotonic   bool
		temporality pmetric.AggregationTemporality
		start       int64
	}
	for name, c := range map[string]struct {
		sums      []sum
		attribute string
		want      int64
	}{
		"the first cumulative sum's start":     {[]sum{{true, cumulative, 5}, {true, cumulative, 6}}, "1970-01-01T00:00:09Z", 5},
		"monotonic or not":                     {[]sum{{false, cumulative, 5}, {true, cumulative, 6}}, "", 5},
		"deltas start at the scrape before":    {[]sum{{true, delta, 5}, {true, cumulative, 6}}, "", 6},
		"a sum without a start does not count": {[]sum{{true, cumulative, 0}, {true, cumulative, 6}}, "", 6},
		"else the attribute":                   {[]sum{{true, delta, 5}}, "1970-01-01T00:00:09Z", 9},
		"with a zone":                          {nil, "1970-01-01T01:00:09.0+01:00", 9},
		"an attribute that is no time":         {nil, "yesterday", 0},
		"none":                                 {nil, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			md := pmetric.NewMetrics()
			rm := md.ResourceMetrics().AppendEmpty()
			rm.Resource().Attributes().PutInt("process.pid", 7)
			if c.attribute != "" {
				rm.Resource().Attributes().PutStr("process.creation.time", c.attribute)
			}
			ms := rm.ScopeMetrics().AppendEmpty().Metrics()
			gauge := ms.AppendEmpty()
			gauge.SetName("process.cpu.utilization")
			addPoint(gauge.SetEmptyGauge().DataPoints(), 3*second, 20*second).SetDoubleValue(1)
			for i, s := range c.sums {
				addPoint(addSum(ms, fmt.Sprintf("process.sum%d", i), "1", s.monotonic), s.start*second, 20*second).SetIntValue(1)
				ms.At(i + 1).Sum().SetAggregationTemporality(s.temporality)
			}
			h := tell(t).read(md).Hosts()[0]
			require.Equal(t, []process.ID{{PID: 7, Start: c.want * second}}, identities(h))
			require.Equal(t, c.want == 0, h.Unknown == 1)
		})
	}
}

func TestHostsAreNamed(t *testing.T) {
	for want, attrs := range map[string]map[string]any{
		"i-0123": {"host.id": "i-0123", "host.name": "web-1"},
		"web-1":  {"host.id": "", "host.name": "web-1"},
		"web-2":  {"host.name": "web-2"},
		"":       {"os.type": "linux"},
	} {
		m := pcommon.NewMap()
		require.NoError(t, m.FromRaw(attrs))
		require.Equal(t, want, HostOf(m))
		m.PutInt("process.pid", 7)
		who, ok := new(Watch).identify(m)
		require.True(t, ok)
		require.Equal(t, want, who.host)
	}
}

// The shorthands know the names of both conventions, and what of them counts.
func TestShorthands(t *testing.T) {
	for _, c := range []struct {
		rank, metric, key, value string
		want                     bool
	}{
		{"cpu", "process.cpu.time", "state", "user", true},
		{"cpu", "process.cpu.time", "state", "system", true},
		{"cpu", "process.cpu.time", "state", "wait", false},
		{"cpu", "process.cpu.time", "cpu.mode", "user", true},
		{"cpu", "process.cpu.time", "cpu.mode", "system", true},
		{"cpu", "process.cpu.time", "cpu.mode", "iowait", false},
		{"cpu", "process.cpu.time", "", "", true},
		{"cpu", "process.cpu.utilization", "state", "user", false},
		{"memory", "process.memory.usage", "", "", true},
		{"memory", "process.memory.virtual", "", "", false},
		{"disk_io", "process.disk.io", "direction", "read", true},
		{"disk_io", "process.disk.io", "direction", "write", true},
		{"disk_io", "process.disk.io", "direction", "discard", false},
		{"disk_io", "process.disk.io", "disk.io.direction", "read", true},
		{"disk_io", "process.disk.io", "disk.io.direction", "write", true},
		{"disk_io", "process.disk.io", "disk.io.direction", "discard", false},
		{"disk_io", "process.disk.operations", "direction", "read", false},
		{"process.threads", "process.threads", "any", "value", true},
		{"process.threads", "process.thread.count", "", "", false},
	} {
		t.Run(strings.Join([]string{c.rank, c.metric, c.key, c.value}, " "), func(t *testing.T) {
			attrs := pcommon.NewMap()
			md := scrape(10, proc{pid: 1})
			ms := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
			ms.RemoveIf(func(pmetric.Metric) bool { return true })
			dp := addPoint(addSum(ms, c.metric, "1", true), second, 10*second)
			dp.SetDoubleValue(42)
			if c.key != "" {
				attrs.PutStr(c.key, c.value)
			}
			attrs.CopyTo(dp.Attributes())
			require.Equal(t, c.want, Counts(c.rank, c.metric, attrs))
			h := tell(t, c.rank).read(md).Hosts()[0]
			want := []float64{0}
			if c.want {
				want = []float64{42}
			}
			require.Equal(t, want, h.Values(0, 1))
			require.Equal(t, c.want, h.Entries[0].Has == 1)
		})
	}
}

// A counter ranks by its growth, and at first sight by all of it; what does not
// grow ranks by its value.
func TestValuesOfRanks(t *testing.T) {
	s := tell(t, "cpu", "memory", "process.disk.io")
	b := s.read(scrape(10, proc{pid: 1, begun: 6, cpu: 8, memory: 100, io: 5}))
	h := b.Hosts()[0]
	require.Equal(t, []float64{8, 100, 15}, h.Values(0, 3))
	require.Equal(t, 4.0, h.Entries[0].Elapsed)
	require.Equal(t, []float64{0, 100, 0}, []float64{h.Used(0, 0, 3), h.Used(0, 1, 3), h.Used(0, 2, 3)})
	s.reader.Skip(b)
	b = s.read(scrape(15, proc{pid: 1, begun: 6, cpu: 9, memory: 50, io: 7}, proc{pid: 2, begun: 12, cpu: 3}))
	h = b.Hosts()[0]
	require.Equal(t, []float64{1, 50, 6, 3, 0, 0}, h.AllValues())
	require.Equal(t, 5.0, h.Entries[0].Elapsed)
	require.Equal(t, uint8(0b101), h.Entries[0].Rates)
	require.Equal(t, 3.0, h.Used(1, 0, 3), "born since")
	place, ok := h.Place(h.Entries[1].Process)
	require.True(t, ok)
	require.Equal(t, 1, place)
	require.Equal(t, int64(2), s.reader.batch.Resource(&h.Entries[1]).Attributes().AsRaw()["process.pid"])
}

func TestBadValuesDoNotRank(t *testing.T) {
	for name, set := range map[string]func(pmetric.NumberDataPoint){
		"not a number": func(dp pmetric.NumberDataPoint) { dp.SetDoubleValue(math.NaN()) },
		"infinite":     func(dp pmetric.NumberDataPoint) { dp.SetDoubleValue(math.Inf(1)) },
		"negative":     func(dp pmetric.NumberDataPoint) { dp.SetIntValue(-1) },
	} {
		t.Run(name, func(t *testing.T) {
			md := scrape(10, proc{pid: 1, cpu: 5})
			ms := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
			set(ms.At(0).Sum().DataPoints().At(0))
			set(ms.At(2).Sum().DataPoints().At(0))
			e := tell(t, "cpu", "memory", "disk_io").read(md).Hosts()[0].Entries[0]
			require.Equal(t, uint8(0b011), e.Bad)
			require.Equal(t, uint8(0b100), e.Has)
		})
	}
}

// Scrapers list metrics and points in one order, but nothing rests on it.
func TestTheOrderOfMetricsAndPointsIsOfNoAccount(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		straight, mixed := tell(t, "cpu"), tell(t, "cpu")
		for i := range 5 {
			var all []proc
			for pid := range rapid.Int64Range(1, 5).Draw(rt, "processes") {
				all = append(all, proc{
					pid: pid + 1, begun: 1, cpu: float64(i) * rapid.Float64Range(0, 10).Draw(rt, "cpu"),
					io: int64(i*100) * (pid + 1), memory: rapid.Int64Range(0, 1e9).Draw(rt, "memory"),
				})
			}
			keep := rapid.SliceOfN(rapid.Int64Range(1, 5), 0, 3).Draw(rt, "keep")
			md := scrape(10*i+10, all...)
			want, got := lines(straight.pass(md, keep...)), lines(mixed.pass(reorder(md, rapid.Uint64().Draw(rt, "seed")), keep...))
			slices.Sort(want)
			slices.Sort(got)
			require.Equal(rt, want, got)
		}
	})
}

// reorder copies a batch with its resources, metrics and points in other orders.
func reorder(md pmetric.Metrics, seed uint64) pmetric.Metrics {
	out, random := pmetric.NewMetrics(), rand.New(rand.NewPCG(seed, 1))
	for _, i := range random.Perm(md.ResourceMetrics().Len()) {
		from, to := md.ResourceMetrics().At(i), out.ResourceMetrics().AppendEmpty()
		from.Resource().CopyTo(to.Resource())
		sm := from.ScopeMetrics().At(0)
		ms := to.ScopeMetrics().AppendEmpty().Metrics()
		for _, j := range random.Perm(sm.Metrics().Len()) {
			m := ms.AppendEmpty()
			sm.Metrics().At(j).CopyTo(m)
			points := m.Sum().DataPoints()
			points.RemoveIf(func(pmetric.NumberDataPoint) bool { return true })
			for _, k := range random.Perm(sm.Metrics().At(j).Sum().DataPoints().Len()) {
				sm.Metrics().At(j).Sum().DataPoints().At(k).CopyTo(points.AppendEmpty())
			}
		}
	}
	return out
}

// Two attribute sets are one series only if they are equal.
func TestAttributeSetsAreToldApart(t *testing.T) {
	sets := []map[string]any{
		{},
		{"a": ""},
		{"a": "1"},
		{"a": int64(1)},
		{"a": 1.0},
		{"a": true},
		{"b": "1"},
		{"a": "1", "b": "2"},
		{"a": "2", "b": "1"},
		{"a": "1\x01b\x00Str\x002"},
		{"a\x00Str\x001\x01b": "2"},
		{"a": []any{"1", "2"}},
		{"a": []any{"1,2"}},
	}
	md := scrape(10, proc{pid: 1})
	ms := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	ms.RemoveIf(func(pmetric.Metric) bool { return true })
	dps := addSum(ms, "process.some", "1", true)
	for _, set := range sets {
		require.NoError(t, addPoint(dps, second, 10*second).Attributes().FromRaw(set))
	}
	h := tell(t).read(md).Hosts()[0]
	require.Zero(t, h.Ledger.Faults)
	require.Equal(t, len(sets), h.Points)
}

func TestAPIDThatComesTwiceIsDropped(t *testing.T) {
	s := tell(t)
	b := s.read(scrape(10, proc{pid: 1, memory: 5}, proc{pid: 1, memory: 7}), 1)
	h := b.Hosts()[0]
	require.Len(t, h.Entries, 1)
	require.Equal(t, pointsOfProc, h.Ledger.Faults.Duplicates)
	require.Equal(t, []int{2 * pointsOfProc, pointsOfProc}, []int{h.Received, h.Points})
	out, result := s.writer.Write(b)
	require.Equal(t, 1, result.Kept)
	require.Contains(t, lines(out), "1 process.memory.usage{} 5 0-10")
	require.Contains(t, lines(out), "_other_ process.memory.usage{} 0 10-10")
}

func TestResourcesThatAreNoProcesses(t *testing.T) {
	md := pmetric.NewMetrics()
	application(md.ResourceMetrics().AppendEmpty(), "jvm.threads")
	proc{pid: 2}.write(md.ResourceMetrics().AppendEmpty(), 10*second)
	application(md.ResourceMetrics().AppendEmpty(), "jvm.classes")
	b := tell(t).read(md)
	var got []string
	b.Passed(func(rm pmetric.ResourceMetrics) {
		got = append(got, rm.ScopeMetrics().At(0).Metrics().At(0).Name())
	})
	require.Equal(t, []string{"jvm.threads", "jvm.classes"}, got)
	require.Equal(t, 2, b.PassedPoints())
}
