package processbatch

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// restOf returns the resource of _other_ in a batch.
func restOf(t *testing.T, md pmetric.Metrics) pmetric.ResourceMetrics {
	t.Helper()
	for _, rm := range md.ResourceMetrics().All() {
		if name, ok := rm.Resource().Attributes().Get("process.executable.name"); ok && name.Str() == "_other_" {
			return rm
		}
	}
	t.Fatal("there is no _other_")
	return pmetric.ResourceMetrics{}
}

// _other_ has the attributes that all processes of its host share, apart from
// their own and their containers'.
func TestAttributesOfTheRest(t *testing.T) {
	shared := map[string]any{"os.type": "linux", "process.owner": "app", "container.id": "c1", "k8s.pod.uid": "p1"}
	mine := map[string]any{"os.type": "linux", "process.owner": "app", "container.id": "c1", "k8s.pod.uid": "p1", "team": "a"}
	yours := map[string]any{"os.type": "linux", "process.owner": "app", "container.id": "c1", "k8s.pod.uid": "p1", "team": "b"}
	all := map[string]any{"os.type": "linux", "host.name": "web-1", "process.executable.name": "_other_"}
	one := map[string]any{"os.type": "linux", "host.name": "web-1", "process.executable.name": "_other_", "team": "a"}
	for name, c := range map[string]struct {
		attrs []map[string]any
		want  map[string]any
	}{
		"shared by all":         {[]map[string]any{shared, shared}, all},
		"only one has it":       {[]map[string]any{mine, shared}, all},
		"only the last has it":  {[]map[string]any{shared, mine}, all},
		"with different values": {[]map[string]any{mine, yours}, all},
		"with the same":         {[]map[string]any{mine, mine}, one},
	} {
		t.Run(name, func(t *testing.T) {
			var processes []proc
			for i, attrs := range c.attrs {
				processes = append(processes, proc{pid: int64(i + 1), attrs: attrs})
			}
			processes = append(processes, proc{pid: 9, host: "web-2"}) // has no say
			out := tell(t).pass(scrape(10, processes...))
			require.Equal(t, c.want, restOf(t, out).Resource().Attributes().AsRaw())
		})
	}
}

// An application that names its PID is no process: it has no say, wherever it
// is in the batch.
func TestApplicationsHaveNoSayInTheAttributesOfTheRest(t *testing.T) {
	want := map[string]any{"os.type": "linux", "host.name": "web-1", "process.executable.name": "_other_"}
	for _, first := range []bool{true, false} {
		md := pmetric.NewMetrics()
		if first {
			application(md.ResourceMetrics().AppendEmpty(), "jvm.threads")
		}
		proc{pid: 2, attrs: map[string]any{"os.type": "linux"}}.write(md.ResourceMetrics().AppendEmpty(), 10*second)
		if !first {
			application(md.ResourceMetrics().AppendEmpty(), "jvm.threads")
		}
		require.Equal(t, want, restOf(t, tell(t).pass(md)).Resource().Attributes().AsRaw(), "application first: %v", first)
	}
}

// When the host's attributes change, the series of _other_ are new ones, which
// begin at 0; the former ones end.
func TestTheRestUnderOtherAttributes(t *testing.T) {
	s := tell(t)
	linux := map[string]any{"os.type": "linux"}
	s.pass(scrape(10, proc{pid: 1, io: 0, attrs: linux}))
	s.pass(scrape(20, proc{pid: 1, io: 5, attrs: linux}))
	out := lines(s.pass(scrape(30, proc{pid: 1, io: 12})))
	require.Contains(t, out, "_other_ process.disk.io{read} 0 30-30")
	require.Contains(t, out, "_other_ linux process.disk.io{read} end 10-30")
	require.Contains(t, lines(s.pass(scrape(40, proc{pid: 1, io: 13}))), "_other_ process.disk.io{read} 8 30-40")
}

// Under attributes that it had before, it begins at 0 too: a backend would count
// what was shown meanwhile again.
func TestTheRestUnderAttributesThatItHadBefore(t *testing.T) {
	s := tell(t)
	at := func(second int, system string, io int64) []string {
		return lines(s.pass(scrape(second, proc{pid: 1, io: io, attrs: map[string]any{"os.type": system}})))
	}
	at(10, "linux", 0)
	at(20, "linux", 5)
	at(30, "freebsd", 5)
	require.Contains(t, at(40, "freebsd", 12), "_other_ freebsd process.disk.io{read} 7 30-40")
	out := at(50, "linux", 12)
	require.Contains(t, out, "_other_ linux process.disk.io{read} 0 50-50")
	require.Contains(t, out, "_other_ freebsd process.disk.io{read} end 30-50")
	require.Contains(t, at(60, "linux", 13), "_other_ linux process.disk.io{read} 1 50-60")
}

func TestTheRestLooksLikeItsProcesses(t *testing.T) {
	s := tell(t)
	md := scrape(10, proc{pid: 1})
	rest := restOf(t, s.pass(md))
	require.Equal(t, "https://opentelemetry.io/schemas/1.9.0", rest.SchemaUrl())
	require.Equal(t, 1, rest.ScopeMetrics().Len())
	in, out := md.ResourceMetrics().At(0).ScopeMetrics().At(0), rest.ScopeMetrics().At(0)
	require.Equal(t, in.Scope().Name(), out.Scope().Name())
	require.Equal(t, in.Scope().Version(), out.Scope().Version())
	require.Equal(t, in.Metrics().Len()+1, out.Metrics().Len())
	for i, m := range in.Metrics().All() {
		got := out.Metrics().At(i)
		require.Equal(t, []string{m.Name(), m.Unit(), m.Description()}, []string{got.Name(), got.Unit(), got.Description()})
		require.Equal(t, m.Sum().IsMonotonic(), got.Sum().IsMonotonic())
		require.Equal(t, m.Sum().AggregationTemporality(), got.Sum().AggregationTemporality())
	}
}

// Deltas of the dropped are summed per scrape; the rest's point spans the time
// since the scrape before.
func TestTheRestOfDeltas(t *testing.T) {
	s := tell(t)
	at := func(second int, processes ...proc) pmetric.Metrics {
		md := scrape(second, processes...)
		for _, rm := range md.ResourceMetrics().All() {
			rm.ScopeMetrics().At(0).Metrics().At(1).Sum().SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
		}
		return md
	}
	s.pass(at(10, proc{pid: 1, io: 3}, proc{pid: 2, io: 4}))
	out := s.pass(at(20, proc{pid: 1, io: 5}, proc{pid: 2, io: 6}, proc{pid: 3, io: 7}), 3)
	require.Contains(t, lines(out), "_other_ process.disk.io{read} 11 10-20")
	require.Contains(t, lines(out), "3 process.disk.io{read} 7 0-20", "as it came")
	out = s.pass(at(30, proc{pid: 3, io: 8}), 3)
	require.Contains(t, lines(out), "_other_ process.disk.io{read} 0 20-30")
}

func TestARestThatIsNotWritten(t *testing.T) {
	s := tell(t)
	require.Equal(t, 1, s.writer.OtherPoints(s.read(scrape(10, proc{pid: 1, io: 1})).Hosts()[0])-pointsOfProc, "its own count")
	s.writer.Write(&s.reader.batch)
	b := s.read(scrape(20, proc{pid: 1, io: 4}))
	b.Hosts()[0].WithholdOther = true
	out, result := s.writer.Write(b)
	require.Len(t, lines(out), pointsOfProc+1)
	require.Contains(t, lines(out), "_other_ process.disk.io{read} end 10-20")
	require.Equal(t, Result{Other: 1, Ended: pointsOfProc + 1}, result)
	require.Contains(t, lines(s.pass(scrape(30, proc{pid: 1, io: 9}))), "_other_ process.disk.io{read} 8 10-30")

	require.True(t, s.writer.Configure(WriterSettings{}))
	b = s.read(scrape(40, proc{pid: 1, io: 10}))
	require.Zero(t, s.writer.OtherPoints(b.Hosts()[0]))
	out, _ = s.writer.Write(b)
	require.Len(t, lines(out), pointsOfProc+1, "it ends")
	require.Empty(t, lines(s.pass(scrape(50, proc{pid: 1, io: 1000}))))
	require.True(t, s.writer.Configure(WriterSettings{Other: "_other_"}))
	require.Contains(t, lines(s.pass(scrape(60, proc{pid: 1, io: 1001}))), "_other_ process.disk.io{read} 0 60-60")
	require.Contains(t, lines(s.pass(scrape(70, proc{pid: 1, io: 1001}))), "_other_ process.disk.io{read} 1 60-70", "not what was used meanwhile")
}

// Under another name the series of the rest are new ones.
func TestARenamedRest(t *testing.T) {
	s := tell(t)
	s.pass(scrape(10, proc{pid: 1, io: 1}))
	s.pass(scrape(20, proc{pid: 1, io: 4}))
	require.True(t, s.writer.Configure(WriterSettings{Other: "rest"}))
	require.Contains(t, lines(s.pass(scrape(30, proc{pid: 1, io: 9}))), "rest process.disk.io{read} 0 30-30")
	require.Contains(t, lines(s.pass(scrape(40, proc{pid: 1, io: 9}))), "rest process.disk.io{read} 5 30-40")
	require.True(t, s.writer.Configure(WriterSettings{Other: "_other_"}))
	out := lines(s.pass(scrape(50, proc{pid: 1, io: 9})))
	require.Contains(t, out, "_other_ process.disk.io{read} 0 50-50", "what was shown meanwhile is not shown again")
	require.Contains(t, out, "rest process.disk.io{read} end 30-50")
}
