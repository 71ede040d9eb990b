package grade_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/goleak"

	"github.com/phoenix-platform/phoenix/loadsim/grade"
	"github.com/phoenix-platform/phoenix/loadsim/truth"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// begun is when the load of these tests began.
var begun = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func at(second float64) time.Time {
	return begun.Add(time.Duration(second * float64(time.Second)))
}

// scrapes builds what a file exporter writes.
type scrapes struct{ lines []string }

// point is what one scrape says of one process.
type point struct {
	pid   int
	name  string
	cpu   float64
	start float64 // second; -1: equal to the time
	ended bool
}

func (s *scrapes) add(t require.TestingT, second float64, points ...point) {
	md := pmetric.NewMetrics()
	for _, p := range points {
		rm := md.ResourceMetrics().AppendEmpty()
		if p.pid != 0 {
			rm.Resource().Attributes().PutInt("process.pid", int64(p.pid))
		}
		rm.Resource().Attributes().PutStr("process.executable.name", p.name)
		metrics := rm.ScopeMetrics().AppendEmpty().Metrics()
		m := metrics.AppendEmpty()
		m.SetName("process.cpu.time")
		sum := m.SetEmptySum()
		for state, share := range map[string]float64{"user": 0.75, "system": 0.25, "wait": 9} {
			dp := sum.DataPoints().AppendEmpty()
			dp.Attributes().PutStr("state", state)
			dp.SetDoubleValue(p.cpu * share)
			dp.SetTimestamp(pcommon.NewTimestampFromTime(at(second)))
			dp.SetStartTimestamp(dp.Timestamp())
			if p.start >= 0 {
				dp.SetStartTimestamp(pcommon.NewTimestampFromTime(at(p.start)))
			}
			dp.SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(p.ended))
		}
	}
	raw, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(md)
	require.NoError(t, err)
	s.lines = append(s.lines, string(raw)+"\n")
}

func (s *scrapes) read(t require.TestingT) *grade.Observation {
	o, err := grade.ReadOTLP(strings.NewReader(strings.Join(s.lines, "")))
	require.NoError(t, err)
	return o
}

// life is a record of the truth.
type life struct {
	pid       int
	name      string
	born, end float64 // seconds
	cpu       float64
	critical  bool
}

func truthOf(lives ...life) *truth.Truth {
	t := &truth.Truth{Run: truth.Run{Profile: "test"}, Summary: &truth.Summary{}}
	for i, l := range lives {
		start := at(l.born)
		p := truth.Process{ID: uint32(i + 1), Name: l.name, PID: l.pid, Start: &start, Critical: l.critical}
		made := &truth.Life{Process: p}
		if l.end > 0 {
			made.Exit = &truth.Exit{Process: p, End: at(l.end), UserSeconds: l.cpu}
		}
		t.Lives = append(t.Lives, made)
	}
	return t
}

func graded(t require.TestingT, tr *truth.Truth, s, baseline *scrapes) *grade.Report {
	var base *grade.Observation
	if baseline != nil {
		base = baseline.read(t)
	}
	r, err := grade.Grade(tr, s.read(t), base)
	require.NoError(t, err)
	return r
}

func TestCPUIsCountedByDifferences(t *testing.T) {
	s := &scrapes{}
	for i := range 6 { // at 10, 20 … 60 s; a kept process that uses half a core
		s.add(t, float64(10*(i+1)), point{pid: 7, name: "java", cpu: 100 + 5*float64(i), start: 10})
	}
	r := graded(t, truthOf(life{7, "java", 0, 100, 50, true}), s, nil)
	require.InDelta(t, 50, r.CPU.Total, 1e-9)
	require.InDelta(t, 25, r.CPU.Used, 1e-9)
	require.InDelta(t, 25, r.CPU.Named, 1e-9)
	require.InDelta(t, 1, *r.CPU.Share, 1e-9)
	require.Zero(t, r.CPU.Excess)
	require.Equal(t, 6, r.Scrapes)
	require.InDelta(t, 10, r.Interval, 1e-9)
	require.Equal(t, []grade.Critical{{Name: "java", Processes: 1, Expected: 6, Present: 6}}, r.Critical)
	require.Empty(t, r.Notes)
}

func TestAMembershipThatReturnsGoesOn(t *testing.T) {
	s := &scrapes{}
	other := point{name: "_other_", start: 10}
	s.add(t, 10, point{pid: 7, name: "java", cpu: 3, start: -1}, other)
	s.add(t, 20, point{pid: 7, name: "java", cpu: 8, start: 10}, other)
	other.cpu = 5
	s.add(t, 30, point{pid: 7, name: "java", ended: true}, other) // _other_ takes 5 s
	s.add(t, 40, point{pid: 7, name: "java", cpu: 13, start: -1}, other)
	s.add(t, 50, point{pid: 7, name: "java", cpu: 18, start: 40}, other)
	r := graded(t, truthOf(life{7, "java", 0, 60, 30, true}), s, nil)
	require.InDelta(t, 20, r.CPU.Used, 1e-9)
	require.InDelta(t, 15, r.CPU.Named, 1e-9)
	require.InDelta(t, 5, r.CPU.Missed, 1e-9)
	require.InDelta(t, 5, r.CPU.Other, 1e-9)
	require.Equal(t, 4, r.Critical[0].Present, "at 30 s only _other_ had it")
	require.Equal(t, 5, r.Critical[0].Expected)
}

func TestTheFirstSampleCountsIfItSaysSinceWhen(t *testing.T) {
	tr := truthOf(life{7, "old", 0, 100, 10, false}, life{8, "new", 22, 42, 4, false})
	s := &scrapes{}
	for i := range 4 { // the scraper's own: starts are those of the processes
		second := float64(10 * (i + 1))
		points := []point{{pid: 7, name: "old", cpu: second / 10, start: 0}}
		if second > 22 {
			points = append(points, point{pid: 8, name: "new", cpu: (second - 22) / 5, start: 22})
		}
		s.add(t, second, points...)
	}
	r := graded(t, tr, s, nil)
	require.InDelta(t, 3+4*18.0/20, r.CPU.Used, 1e-9)
	require.InDelta(t, 3+3.6, r.CPU.Named, 1e-9)
}

func TestPIDsThatAreGivenAgainDoNotMix(t *testing.T) {
	tr := truthOf(
		life{7, "sh", 5, 14, 1, false}, life{7, "sh", 25, 34, 2, false},
		life{7, "git", 36, 60, 3, false}, life{9, "idle", 0, 70, 0, false},
	)
	s := &scrapes{}
	s.add(t, 10, point{pid: 7, name: "sh", cpu: 0.5, start: 5}, point{pid: 9, name: "idle", start: 0})
	s.add(t, 20, point{pid: 9, name: "idle", start: 0})
	s.add(t, 30, point{pid: 7, name: "sh", cpu: 1.5, start: 25}, point{pid: 9, name: "idle", start: 0})
	s.add(t, 40, point{pid: 7, name: "git", cpu: 0.5, start: 36}, point{pid: 9, name: "idle", start: 0})
	s.add(t, 50, point{pid: 7, name: "git", cpu: 2, start: 36}, point{pid: 9, name: "idle", start: 0})
	r := graded(t, tr, s, nil)
	require.Equal(t, 4, r.Processes.Seen)
	require.Zero(t, r.Processes.Missed)
	names := map[string]float64{}
	for _, n := range r.Names {
		names[n.Name] = n.Named
	}
	require.InDelta(t, 1.5, names["sh"], 1e-9, "the first was there before the observation, the second is new")
	require.InDelta(t, 2, names["git"], 1e-9)
	require.Equal(t, 2, r.ShortLived.Alive, "in an interval of ten seconds")
}

func TestSomebodyElsesProcessIsNotTheLoads(t *testing.T) {
	s := &scrapes{}
	for i := range 3 {
		s.add(t, float64(10*(i+1)),
			point{pid: 7, name: "java", cpu: float64(100 * i), start: -1},  // the name of another
			point{pid: 8, name: "nginx", cpu: float64(50 * i), start: 0.5}, // the PID of another
			point{pid: 6, name: "nginx", cpu: float64(2 * i), start: 2})
	}
	tr := truthOf(life{7, "nginx", 1, 50, 4, true}, life{6, "nginx", 2, 50, 9.6, true})
	r := graded(t, tr, s, nil)
	require.Equal(t, 1, r.Processes.Seen)
	require.Equal(t, 1, r.Processes.Missed)
	require.InDelta(t, 4, r.CPU.Named, 1e-9)
	require.Equal(t, grade.Critical{Name: "nginx", Processes: 2, Expected: 6, Present: 3}, r.Critical[0])
}

func TestAProcessThatHadThePIDBeforeIsNotIt(t *testing.T) {
	s := &scrapes{}
	s.add(t, 10, point{pid: 7, name: "sh", cpu: 900, start: 0})
	s.add(t, 20, point{pid: 7, name: "sh", cpu: 950, start: 0})
	r := graded(t, truthOf(life{7, "sh", 5, 60, 1, false}), s, nil)
	require.Zero(t, r.Processes.Seen)
	require.Zero(t, r.CPU.Named)
}

func TestMoreThanWasUsedIsSaidAloud(t *testing.T) {
	s := &scrapes{}
	s.add(t, 10, point{pid: 7, name: "java", cpu: 0, start: -1})
	s.add(t, 20, point{pid: 7, name: "java", cpu: 30, start: 10})
	r := graded(t, truthOf(life{7, "java", 0, 40, 8, false}), s, nil)
	require.InDelta(t, 8, r.CPU.Named, 1e-9)
	require.InDelta(t, 22, r.CPU.Excess, 1e-9)
	require.Equal(t, []string{
		"more CPU has a name than lies between the scrapes: the load was uneven at the edges, or the metrics count twice",
		"22.000 s of CPU were attributed beyond what the processes ever used: the metrics count twice",
	}, r.Notes)
}

func TestALongNameIsTheKernels(t *testing.T) {
	s := &scrapes{}
	s.add(t, 10, point{pid: 7, name: "containerd-shim-runc-v2", cpu: 1, start: -1})
	r := graded(t, truthOf(life{7, "containerd-shim", 0, 40, 8, false}), s, nil)
	require.Equal(t, 1, r.Processes.Seen)
	require.Contains(t, r.Notes, "one scrape shows no differences: CPU cannot be attributed")
}

func TestTheReductionIsThatOfTheWholeHost(t *testing.T) {
	kept, all := &scrapes{}, &scrapes{}
	for i := range 3 {
		second := float64(10 * (i + 1))
		kept.add(t, second, point{pid: 7, name: "a"}, point{name: "_other_"})
		var points []point
		for pid := range 40 {
			points = append(points, point{pid: pid + 1, name: "a"})
		}
		all.add(t, second, points...)
	}
	r := graded(t, truthOf(life{7, "a", 0, 40, 1, false}), kept, all)
	require.InDelta(t, 6, r.Series.Out, 1e-9)
	require.InDelta(t, 120, *r.Series.In, 1e-9)
	require.InDelta(t, 0.95, *r.Series.Reduction, 1e-9)
}

func TestALifeWithoutExitIsNotGradedByCPU(t *testing.T) {
	s := &scrapes{}
	s.add(t, 10, point{pid: 7, name: "a"})
	s.add(t, 20, point{pid: 7, name: "a", cpu: 5})
	tr := truthOf(life{7, "a", 0, 0, 0, true})
	tr.Summary = nil
	r := graded(t, tr, s, nil)
	require.Equal(t, 1, r.Processes.Seen)
	require.Nil(t, r.CPU.Share)
	require.Equal(t, 2, r.Critical[0].Expected)
	require.Equal(t, []string{
		"no summary: the run was cut off, or goes on",
		"1 processes have no exit in the truth: what CPU they used is not known and not graded",
	}, r.Notes)
}

func TestWhatCannotBeGradedIsRefused(t *testing.T) {
	tr := truthOf(life{7, "a", 0, 5, 1, false})
	_, err := grade.Grade(tr, &grade.Observation{}, nil)
	require.ErrorContains(t, err, "the metrics have no process in them")
	s := &scrapes{}
	s.add(t, 1000, point{pid: 7, name: "a"})
	_, err = grade.Grade(tr, s.read(t), nil)
	require.ErrorContains(t, err, "no process of the load lived then; is this the truth of that run?")
	_, err = grade.ReadOTLP(strings.NewReader("zstd, or what else\n"))
	require.ErrorContains(t, err, "line 1: ")
	require.ErrorContains(t, err, "the file exporter has to write JSON, uncompressed")
}

func TestRequirements(t *testing.T) {
	share := func(v float64) *float64 { return &v }
	r := &grade.Report{CPU: grade.CPU{Share: share(0.8)}, Processes: grade.Seen{Alive: 4, Seen: 3}}
	require.NoError(t, grade.Requirements{}.Check(r))
	require.NoError(t, grade.Requirements{CPU: share(0.8), Seen: share(0.75)}.Check(r))
	err := grade.Requirements{CPU: share(0.9), Critical: share(1), Seen: share(1), Reduction: share(0.9)}.Check(r)
	require.EqualError(t, err, `CPU by name: at least 0.9 is required, reached 0.8
critical processes: at least 1 is required, and it cannot be told: none lived at a scrape
processes seen: at least 1 is required, reached 0.75
reduction of series: at least 0.9 is required, and it cannot be told: give --baseline, and one that has processes`)
}

func TestAPageOfPrometheusIsReadOnce(t *testing.T) {
	page := func(ms int64, cpu float64) string {
		return fmt.Sprintf(`# TYPE process_cpu_time_seconds_total counter
process_cpu_time_seconds_total{process_pid="7",process_executable_name="a",state="user"} %[2]v %[1]d
process_cpu_time_seconds_total{process_pid="7",process_executable_name="a",state="system"} 1 %[1]d
process_cpu_time_seconds_total{process_pid="7",process_executable_name="a",state="wait"} 99 %[1]d
process_cpu_time_seconds_total{process_executable_name="_other_",state="user"} 4 %[1]d
process_cpu_seconds_total 12
go_goroutines 3
`, ms, cpu)
	}
	o := &grade.Observation{}
	for i, cpu := range []float64{2, 2, 6} {
		ms := at([]float64{10, 10, 20}[i]).UnixMilli()
		require.NoError(t, o.ReadPrometheus(strings.NewReader(page(ms, cpu)), at(30)))
	}
	require.Len(t, o.Samples, 4, "the second page had nothing new")
	r, err := grade.Grade(truthOf(life{7, "a", 0, 40, 16, false}), o, nil)
	require.NoError(t, err)
	require.InDelta(t, 4, r.CPU.Named, 1e-9)
	require.InDelta(t, 4, r.CPU.Used, 1e-9)
	require.Equal(t, 2, r.Scrapes)
}

func TestAPageWithoutTimesIsNoted(t *testing.T) {
	const note = "set send_timestamps of the prometheus exporter"
	for timestamp, noted := range map[string]bool{"": true, fmt.Sprint(" ", at(10).UnixMilli()): false} {
		o := &grade.Observation{}
		page := `process_threads{process_pid="7",process_executable_name="a"} 1` + timestamp + "\n"
		require.NoError(t, o.ReadPrometheus(strings.NewReader(page), at(11)))
		r, err := grade.Grade(truthOf(life{7, "a", 0, 40, 16, false}), o, nil)
		require.NoError(t, err)
		require.Equal(t, noted, strings.Contains(strings.Join(r.Notes, "\n"), note), "%q", timestamp)
	}
}

func FuzzReadOTLP(f *testing.F) {
	s := &scrapes{}
	s.add(f, 10, point{pid: 7, name: "a", cpu: 3})
	s.add(f, 20, point{pid: 7, name: "a", ended: true}, point{name: "_other_"})
	f.Add(strings.Join(s.lines, ""))
	f.Fuzz(func(t *testing.T, text string) {
		o, err := grade.ReadOTLP(strings.NewReader(text))
		if err != nil {
			return
		}
		n := 0
		for _, scrape := range o.Scrapes() {
			require.False(t, scrape.Last.Before(scrape.First))
			n += len(scrape.Samples)
		}
		require.Len(t, o.Samples, n)
	})
}
