package critical

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// proc is one process of a scrape.
type proc struct {
	pid   int64
	begun int // second of its creation
	name  string
	owner string
}

func (p proc) resource() map[string]any {
	return map[string]any{"process.pid": p.pid, "process.executable.name": p.name, "process.owner": p.owner}
}

// watch is the guard of a host and what it guards.
type watch struct {
	*testing.T
	*Guard
	entries List
	reader  *processbatch.Reader
	second  int
	judged  int // processes of the last scrape that were judged
}

func guard(t *testing.T, entries ...Entry) *watch {
	m := compile(t, entries)
	settings := processbatch.Settings{StateLimit: 1000}
	settings.Watch.Keys, settings.Watch.All = m.Attributes()
	return &watch{T: t, Guard: NewGuard(m), entries: entries, reader: processbatch.NewReader(settings)}
}

// scrape assigns the processes of one scrape and returns the PIDs that each
// entry protects, sorted.
func (w *watch) scrape(processes ...proc) [][]int64 {
	w.Helper()
	w.second += 10
	md := pmetric.NewMetrics()
	for _, p := range processes {
		rm := md.ResourceMetrics().AppendEmpty()
		require.NoError(w, rm.Resource().Attributes().FromRaw(p.resource()))
		m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		m.SetName("process.memory.usage")
		m.SetEmptySum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		dp := m.Sum().DataPoints().AppendEmpty()
		dp.SetStartTimestamp(pcommon.Timestamp(p.begun * 1e9))
		dp.SetTimestamp(pcommon.Timestamp(w.second * 1e9))
		dp.SetIntValue(1)
	}
	b := w.reader.Read(md)
	h := b.Hosts()[0]
	w.judged = 0
	for i := range h.Entries {
		if p := h.Entries[i].Process; p.Verdict == 0 {
			w.judged++
			w.Judge(context.Background(), p, b.Resource(&h.Entries[i]))
		}
	}
	w.Assign(context.Background(), b, h)
	pids := make([][]int64, len(w.entries))
	for entry := range w.entries {
		pids[entry] = []int64{}
		for _, i := range w.Protected(entry) {
			pids[entry] = append(pids[entry], int64(h.Entries[i].Process.ID().PID))
		}
		slices.Sort(pids[entry])
	}
	w.reader.Skip(b)
	return pids
}

func (w *watch) admits(p proc) bool {
	return w.Admits(context.Background(), resource(w, p.resource()), process.ID{PID: int32(p.pid), Start: int64(p.begun) * 1e9})
}

// most is an entry that protects so many processes.
func most(n int, conditions ...string) Entry {
	return Entry{Name: "e", Conditions: conditions, MaxProcesses: n}
}

const (
	isJava  = `resource.attributes["process.executable.name"] == "java"`
	isKafka = `resource.attributes["process.owner"] == "kafka"`
)

func TestAGuardProtectsTheOldest(t *testing.T) {
	w := guard(t, most(2, isNginx))
	all := []proc{{1, 40, "nginx", ""}, {2, 20, "nginx", ""}, {3, 30, "nginx", ""}, {4, 10, "sh", ""}, {5, 20, "nginx", ""}}
	require.Equal(t, [][]int64{{2, 5}}, w.scrape(all...), "by PID if they are of one age")
	require.Equal(t, 2, w.Over(0))
	require.Equal(t, [][]int64{{3, 5}}, w.scrape(all[0], all[2], all[4]))
	require.Equal(t, 1, w.Over(0))
	require.Equal(t, [][]int64{{1}}, w.scrape(all[0]))
	require.Zero(t, w.Over(0))
	require.Equal(t, [][]int64{{}}, w.scrape(all[3]))
}

// Whoever takes the name of an earlier entry cannot take a process out of the
// protection of a later one.
func TestAProcessBeyondOneEntryIsProtectedByTheNextThatItMeets(t *testing.T) {
	w := guard(t, most(2, isJava), most(1, isRoots), most(0, isKafka))
	first, second := proc{1, 10, "java", ""}, proc{2, 10, "java", ""}
	kafka := proc{3, 500, "java", "kafka"}
	for range 2 {
		require.Equal(t, [][]int64{{1, 2}, {}, {3}}, w.scrape(kafka, first, second))
		require.Equal(t, 1, w.Over(0))
	}
	require.Equal(t, [][]int64{{2, 3}, {}, {}}, w.scrape(kafka, second), "there is room now")
	require.Equal(t, [][]int64{{1, 2}, {3}, {}}, w.scrape(proc{3, 500, "java", "root"}, first, second), "it met another one since")
	require.Equal(t, [][]int64{{1, 2}, {}, {}}, w.scrape(proc{4, 500, "java", ""}, first, second), "no other entry")
}

// Those who come from an earlier entry take part in the order of the later one.
func TestAnEntryProtectsTheOldestWhereverTheyComeFrom(t *testing.T) {
	w := guard(t, most(1, isJava), most(1, isKafka))
	require.Equal(t, [][]int64{{1}, {2}}, w.scrape(proc{1, 10, "java", ""}, proc{3, 30, "sh", "kafka"}, proc{2, 20, "java", "kafka"}))
	require.Equal(t, []int{1, 1}, []int{w.Over(0), w.Over(1)})
}

func TestAProcessIsJudgedAgainWhenWhatConditionsReadChanges(t *testing.T) {
	w := guard(t, most(0, isNginx))
	w.scrape(proc{1, 10, "nginx", "a"}, proc{2, 10, "sh", "a"})
	require.Equal(t, 2, w.judged)
	w.scrape(proc{1, 10, "nginx", "b"}, proc{2, 10, "sh", "b"})
	require.Zero(t, w.judged)
	require.Equal(t, [][]int64{{2}}, w.scrape(proc{1, 10, "sh", "b"}, proc{2, 10, "nginx", "b"}))
	require.Equal(t, 2, w.judged)
}

func TestAGuardAdmitsAsManyAsItProtects(t *testing.T) {
	w := guard(t, most(3, isNginx))
	nginx := proc{9, 50, "nginx", ""}
	w.scrape(proc{1, 10, "nginx", ""}, proc{2, 10, "sh", ""})
	require.False(t, w.admits(proc{9, 50, "sh", ""}))
	require.True(t, w.admits(nginx))
	require.True(t, w.admits(nginx))
	require.False(t, w.admits(nginx), "with the two on their way there are three")
	w.scrape(proc{1, 10, "nginx", ""}, proc{2, 10, "sh", ""})
	require.True(t, w.admits(nginx), "they did not come")
}

func TestAGuardAdmitsToALaterEntry(t *testing.T) {
	w := guard(t, most(1, isJava), most(1, isKafka))
	w.scrape(proc{1, 10, "java", ""})
	require.False(t, w.admits(proc{9, 50, "java", ""}))
	require.True(t, w.admits(proc{9, 50, "java", "kafka"}))
	require.False(t, w.admits(proc{10, 50, "java", "kafka"}))
}

func TestAGuardOfNothing(t *testing.T) {
	w := guard(t)
	require.Empty(t, w.scrape(proc{1, 10, "nginx", "root"}))
	require.False(t, w.admits(proc{2, 10, "nginx", "root"}))
}

// Once every entry is full nothing is asked of a process any more: any local
// user can begin ten thousand.
func TestAFullGuardEvaluatesNoCondition(t *testing.T) {
	w := guard(t, most(1, isNginx), most(1, isRoots))
	w.scrape(proc{1, 10, "nginx", ""}, proc{2, 10, "sh", "root"})
	never := []*condition{nil} // panics when it is asked
	w.matcher.conditions = [][]*condition{never, never}
	require.False(t, w.admits(proc{9, 50, "nginx", "root"}))
}
