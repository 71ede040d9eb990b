package processbatch

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// A call that is not newer than its host's last one moves nothing.
func TestLateCalls(t *testing.T) {
	s := tell(t)
	s.pass(scrape(10, proc{pid: 1, io: 100}))
	s.pass(scrape(20, proc{pid: 1, io: 103}))
	for _, at := range []int{20, 15} {
		md := scrape(at, proc{pid: 1, io: 1000}, proc{pid: 2})
		application(md.ResourceMetrics().AppendEmpty(), "jvm.threads")
		b := s.read(md, 1)
		require.Equal(t, 2*pointsOfProc, b.LatePoints())
		require.Empty(t, b.Hosts())
		out, result := s.writer.Write(b)
		require.Equal(t, []string{"1 shop jvm.threads{} 7 0-1"}, lines(out), "what is no process passes")
		require.Zero(t, result)
		require.Equal(t, 1, s.reader.Tracked())
	}
	out := s.pass(scrape(30, proc{pid: 1, io: 105}))
	require.Contains(t, lines(out), "_other_ process.disk.io{read} 5 10-30")
}

// A scrape's time is its greatest timestamp, wherever in the call it is.
func TestACallIsNotLateIfOneProcessIsNewer(t *testing.T) {
	s := tell(t)
	s.pass(scrape(10, proc{pid: 1}, proc{pid: 2}))
	md := scrape(9, proc{pid: 1})
	proc{pid: 2}.write(md.ResourceMetrics().AppendEmpty(), 11*second)
	b := s.read(md)
	require.Zero(t, b.LatePoints())
	require.Len(t, b.Hosts()[0].Entries, 2)
	s.reader.Skip(b)
	require.Equal(t, 11*second, b.Hosts()[0].Ledger.Time())
}

// withTime is a scrape in which one more process has a time of its own, at a
// place among the others.
func withTime(second int, far int64, place int, processes ...proc) pmetric.Metrics {
	md := pmetric.NewMetrics()
	processes = slices.Insert(slices.Clone(processes), place, proc{pid: 99, io: int64(second)})
	for _, p := range processes {
		at := int64(second) * 1e9
		if p.pid == 99 {
			at = far
		}
		p.write(md.ResourceMetrics().AppendEmpty(), at)
	}
	return md
}

var farTimes = map[string]int64{
	"in the future":       4_000_000_000 * second,
	"beyond all times":    math.MaxInt64,
	"in the past":         second,
	"without a timestamp": 0,
}

// A process whose clock is wrong, wherever it is in the batch, is no reason to
// drop its host's scrapes, and makes nobody born.
func TestOneFarTimestampDoesNotSilenceItsHost(t *testing.T) {
	const start = 1_700_000_000
	for name, far := range farTimes {
		for place := range 4 {
			t.Run(fmt.Sprint(name, " at place ", place), func(t *testing.T) {
				s := tell(t)
				s.pass(scrape(start, proc{pid: 1}, proc{pid: 2}, proc{pid: 3}), 1)
				for i := 1; i < 10; i++ {
					now := start + 10*i
					b := s.read(withTime(now, far, place, proc{pid: 1}, proc{pid: 2, io: int64(10 * i)}, proc{pid: 3}), 1)
					require.Zero(t, b.LatePoints(), "scrape %d", i+1)
					require.Len(t, b.Hosts()[0].Entries, 4)
					out, _ := s.writer.Write(b)
					require.Equal(t, int64(now)*second, b.Hosts()[0].Ledger.Time())
					require.Contains(t, lines(out), fmt.Sprintf("1 process.disk.io{read} 0 %d-%d", start, now))
				}
				b := s.read(withTime(start+100, far, place, proc{pid: 1}, proc{pid: 3}, proc{pid: 7, begun: start - 900, io: 777}))
				for i := range b.Hosts()[0].Entries {
					require.False(t, b.Hosts()[0].Entries[i].Process.Born(), "process %d", b.Hosts()[0].Entries[i].Process.ID().PID)
				}
				s.reader.Skip(b)
			})
		}
	}
}

// It is no reason either to take the same batch twice.
func TestABatchWithAFarTimestampIsLateTheSecondTime(t *testing.T) {
	for name, far := range farTimes {
		for place := range 4 {
			t.Run(fmt.Sprint(name, " at place ", place), func(t *testing.T) {
				s := tell(t)
				for _, at := range []int{100_000, 100_010} {
					md := withTime(at, far, place, proc{pid: 1}, proc{pid: 2}, proc{pid: 3})
					s.pass(md)
					b := s.read(md)
					require.Equal(t, 4*pointsOfProc, b.LatePoints())
					s.reader.Skip(b)
				}
			})
		}
	}
}

// Histograms and summaries have timestamps, too: processes that have nothing
// else are not late, and make nobody born.
func TestTimesOfProcessesWithoutNumbers(t *testing.T) {
	histogram := func(at int, pid int64) pmetric.Metrics {
		md := scrape(at, proc{pid: pid})
		ms := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
		ms.RemoveIf(func(pmetric.Metric) bool { return true })
		m := ms.AppendEmpty()
		m.SetName("process.latency")
		m.SetEmptyHistogram().DataPoints().AppendEmpty().SetTimestamp(pcommon.Timestamp(int64(at) * second))
		return md
	}
	s := tell(t)
	for at := 10; at < 60; at += 10 {
		b := s.read(histogram(at, 1))
		require.Zero(t, b.LatePoints(), "at %d", at)
		s.writer.Write(b)
	}

	s = tell(t)
	for at := 1000; at < 1020; at += 10 {
		md := scrape(at, proc{pid: 2})
		histogram(at, 3).ResourceMetrics().MoveAndAppendTo(md.ResourceMetrics())
		s.pass(md)
	}
	b := s.read(scrape(1020, proc{pid: 2}, proc{pid: 4, begun: 100, io: 777}))
	require.False(t, b.Hosts()[0].Entries[1].Process.Born(), "it is 900 seconds old")
	s.reader.Skip(b)
}

func TestAClockSetBack(t *testing.T) {
	for name, c := range map[string]struct {
		times []int
		late  []bool
	}{
		"three calls in a row, each newer":      {[]int{10, 11, 12, 13}, []bool{true, true, false, false}},
		"one is not newer":                      {[]int{10, 11, 11, 12, 13}, []bool{true, true, true, true, false}},
		"one is older":                          {[]int{20, 21, 10, 11, 12}, []bool{true, true, true, true, false}},
		"one between them comes in time":        {[]int{10, 11, 101, 12, 13}, []bool{true, true, false, true, true}},
		"it may be set back again":              {[]int{50, 51, 52, 30, 31, 32}, []bool{true, true, false, true, true, false}},
		"the same late batch again is no proof": {[]int{50, 50, 50, 50}, []bool{true, true, true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t)
			s.pass(scrape(100, proc{pid: 1}))
			for i, at := range c.times {
				b := s.read(scrape(at, proc{pid: 1}))
				require.Equal(t, c.late[i], b.LatePoints() > 0, "call %d", i+1)
				s.reader.Skip(b)
			}
		})
	}
}

// After a clock was set back, values go on and nobody's last sample was long
// ago.
func TestValuesGoOnAfterAClockWasSetBack(t *testing.T) {
	s := tell(t)
	s.pass(scrape(100, proc{pid: 1, io: 10}), 1)
	s.pass(scrape(110, proc{pid: 1, io: 20}), 1)
	for _, at := range []int{50, 60} {
		s.pass(scrape(at, proc{pid: 1, io: 30}), 1)
	}
	b := s.read(scrape(70, proc{pid: 1, io: 40}), 1)
	require.Zero(t, b.Hosts()[0].Entries[0].Elapsed)
	out, _ := s.writer.Write(b)
	require.Contains(t, lines(out), "1 process.disk.io{read} 20 70-70")
	require.Contains(t, lines(out), "_other_ process.disk.io{read} 0 70-70", "what it used since waits")
	out = s.pass(scrape(80, proc{pid: 1, io: 41}), 1)
	require.Contains(t, lines(out), "1 process.disk.io{read} 21 70-80")
	require.Contains(t, lines(out), "_other_ process.disk.io{read} 20 70-80")
}

func TestSeveralHostsInOneCall(t *testing.T) {
	s := tell(t)
	at := func(second int, io int64) pmetric.Metrics {
		return scrape(second, proc{pid: 1, host: "web-2", io: io}, proc{pid: 1, host: "web-3", io: 2 * io}, proc{pid: 2, host: "web-2", io: io})
	}
	s.pass(at(10, 100))
	b := s.read(at(20, 110))
	require.Len(t, b.Hosts(), 2)
	require.Equal(t, []process.ID{{PID: 1}, {PID: 2}}, identities(b.Hosts()[0]))
	require.Equal(t, []process.ID{{PID: 1}}, identities(b.Hosts()[1]))
	out, result := s.writer.Write(b)
	require.Equal(t, 3, result.Other)
	require.Contains(t, lines(out), "_other_ web-2 process.disk.io{read} 20 10-20")
	require.Contains(t, lines(out), "_other_ web-3 process.disk.io{read} 20 10-20")
	require.Contains(t, lines(out), "_other_ web-2 process.count{} 2 0-20")

	late := scrape(15, proc{pid: 1, host: "web-2"})
	proc{pid: 1, host: "web-3"}.write(late.ResourceMetrics().AppendEmpty(), 30*second)
	b = s.read(late)
	require.Equal(t, pointsOfProc, b.LatePoints(), "of one host")
	require.Len(t, b.Hosts(), 1)
	require.Equal(t, "web-3", b.Hosts()[0].Name)
	s.reader.Skip(b)
}

// The host not seen for the longest gives way, with what it takes of the
// budget.
func TestHostsAreLimited(t *testing.T) {
	s := tell(t)
	pass := func(host, at int) *Host {
		b := s.read(scrape(at, proc{pid: 1, host: fmt.Sprint("web-", host)}), 1)
		s.writer.Write(b)
		return b.Hosts()[0]
	}
	var first [2]*Host
	for i := range MaxHosts {
		if h := pass(i, i); i < len(first) {
			first[i] = h
		}
	}
	require.Equal(t, MaxHosts, s.reader.Hosts())
	pass(0, 1000)
	pass(MaxHosts, 1000)
	require.Equal(t, MaxHosts, s.reader.Hosts())
	require.Equal(t, MaxHosts, s.reader.Tracked())
	require.True(t, s.reader.Knows(first[0]), "it was seen again")
	require.False(t, s.reader.Knows(first[1]))
	require.Len(t, s.writer.hosts, MaxHosts)
	require.NotSame(t, first[1], pass(1, 2000), "it begins anew")
}

// The processes of a host for which there is no room are no other's: they are
// dropped and counted.
func TestTheHostBeyondTheLimitIsDroppedAndCounted(t *testing.T) {
	s := tell(t)
	md := pmetric.NewMetrics()
	for host := range MaxHosts + 1 {
		proc{pid: 1, host: fmt.Sprintf("web-%03d", host), memory: 5}.write(md.ResourceMetrics().AppendEmpty(), 10*second)
	}
	b := s.read(md, 1)
	require.Len(t, b.Hosts(), MaxHosts)
	require.Equal(t, pointsOfProc, b.ExtraPoints())
	for _, h := range b.Hosts() {
		require.Zero(t, h.Ledger.Faults, h.Name)
		require.Len(t, h.Entries, 1)
	}
	out, result := s.writer.Write(b)
	require.Equal(t, MaxHosts, result.Kept)
	require.NotContains(t, strings.Join(lines(out), "\n"), "web-256")
	require.Zero(t, s.read(scrape(20, proc{pid: 1})).ExtraPoints(), "it is of one call")
}

func TestMoreHostsInOneCallThanAreKeptAccountOf(t *testing.T) {
	s := tell(t)
	for at := 10; at < 40; at += 10 {
		md := pmetric.NewMetrics()
		for host := range 2 * MaxHosts {
			proc{pid: int64(host + 1), host: fmt.Sprint("web-", host)}.write(md.ResourceMetrics().AppendEmpty(), int64(at)*second)
		}
		s.pass(md, 1, 2, 500)
		require.Equal(t, MaxHosts, s.reader.Hosts())
		require.LessOrEqual(t, s.reader.Tracked(), 1000)
	}
}

// Who only watches holds no more hosts than who writes.
func TestHostsOfBatchesThatPassAreLimited(t *testing.T) {
	s := tell(t)
	for host := range 2 * MaxHosts {
		md := scrape(host, proc{pid: 1, host: fmt.Sprint("web-", host)})
		out, ended := s.writer.Pass(s.read(md))
		require.Equal(t, md, out)
		require.Zero(t, ended)
	}
	require.Equal(t, MaxHosts, s.reader.Hosts())
	require.LessOrEqual(t, len(s.writer.hosts), MaxHosts+1)
}

// Under other settings an account goes on, unless it lay idle for too long.
func TestAnAccountOutlivesSettings(t *testing.T) {
	for name, c := range map[string]struct {
		scrapes []int
		idle    time.Duration
		goesOn  bool
	}{
		"a moment":                      {[]int{10, 20}, time.Second, true},
		"twice the distance":            {[]int{10, 20}, 20 * time.Second, true},
		"longer":                        {[]int{10, 20}, 21 * time.Second, false},
		"the last distance counts":      {[]int{10, 50, 60}, 30 * time.Second, false},
		"with one scrape there is none": {[]int{10}, time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t, "cpu")
			for _, at := range c.scrapes {
				s.pass(scrape(at, proc{pid: 1, io: 100}), 1)
			}
			last := c.scrapes[len(c.scrapes)-1]
			b := s.read(scrape(last+1, proc{pid: 1, io: 100, host: "web-2"}), 1)
			b.Hosts()[0].Entries[0].Process.Verdict = 7
			s.writer.Write(b)
			s.reader.Configure(Settings{Ranks: []string{"memory", "disk_io"}, StateLimit: 1000})
			s.reader.Resume(c.idle)
			b.Hosts()[0].Ledger.Processes(func(p *process.Process) { require.Zero(t, p.Verdict) })

			next := last + 10
			b = s.read(scrape(next, proc{pid: 1, io: 107, memory: 5}), 1)
			h := b.Hosts()[0]
			require.Equal(t, !c.goesOn, h.Entries[0].Process.New())
			require.Equal(t, 2, s.reader.Hosts())
			require.Equal(t, 2, s.reader.Tracked())
			want, ranks := "1 process.disk.io{read} 107 10-%d", []float64{5, 21}
			if !c.goesOn {
				want, ranks = fmt.Sprint("1 process.disk.io{read} 107 ", next, "-%d"), []float64{5, 321}
			}
			require.Equal(t, ranks, h.Values(0, 2), "by the new ranks")
			out, _ := s.writer.Write(b)
			require.Contains(t, lines(out), fmt.Sprintf(want, next))
			require.Len(t, s.writer.hosts, 2)
		})
	}
}

// A process beyond the limit is of the rest by its levels only. A caller may
// forget another one for it.
func TestTheStateLimit(t *testing.T) {
	asked := 0
	s := tell(t)
	s.reader.Configure(Settings{StateLimit: 2, Admit: func(_ *Batch, h *Host, resource pcommon.Resource, _ process.ID) bool {
		asked++
		pid, _ := resource.Attributes().Get("process.pid")
		if pid.Int() != 4 {
			return false
		}
		h.Evict(h.Entries[0].Process)
		return true
	}})
	b := s.read(scrape(10, proc{pid: 1, memory: 1}, proc{pid: 2, memory: 20}, proc{pid: 3, memory: 300}, proc{pid: 4, memory: 4000}), 2)
	h := b.Hosts()[0]
	require.Equal(t, 2, asked)
	require.Equal(t, 1, h.Ledger.Faults.Overflow)
	require.Nil(t, h.Entries[0].Process, "evicted")
	require.Nil(t, h.Entries[2].Process, "beyond the limit")
	require.Equal(t, int32(4), h.Entries[3].Process.ID().PID)
	require.Equal(t, 2, s.reader.Tracked())
	require.Equal(t, []int{4 * pointsOfProc, 2 * pointsOfProc}, []int{h.Points, h.Untracked})
	out, result := s.writer.Write(b)
	require.Equal(t, []int{1, 3}, []int{result.Kept, result.Other})
	require.Contains(t, lines(out), "_other_ process.memory.usage{} 4301 10-10")
}
