package processbatch

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// divided is a story in which processes are divided by their owner.
type divided struct {
	*story
	parts map[string]process.Part // by owner; others have none
	names map[process.Part]string // as they are written
	asked []int64                 // PIDs
}

func tellDivided(t *testing.T) *divided {
	d := &divided{
		story: tell(t, "cpu"), parts: map[string]process.Part{"app": 1, "db": 2},
		names: map[process.Part]string{1: "app", 2: "db", 3: "web"},
	}
	d.reader.Configure(d.settings())
	d.writer = NewWriter(d.reader, WriterSettings{Other: "_other_", Describe: d.describe})
	return d
}

func (d *divided) settings() Settings {
	return Settings{
		Ranks: []string{"cpu"}, Watch: Watch{Keys: []string{"process.owner"}}, StateLimit: 1000, Divide: d.divide,
	}
}

func (d *divided) divide(_ *Host, resource pcommon.Resource, p *process.Process) process.Part {
	d.asked = append(d.asked, int64(p.ID().PID))
	p.Verdict = 1
	owner, _ := resource.Attributes().Get("process.owner")
	return d.parts[owner.Str()]
}

func (d *divided) describe(_ *Host, part process.Part, attrs pcommon.Map) {
	attrs.PutStr("process.group", d.names[part])
}

// host is the one that all these scrapes are of.
func (d *divided) host() *Host { return d.reader.last }

// owned is a process with an owner.
func owned(pid int64, owner string, io int64) proc {
	return proc{pid: pid, io: io, memory: 10 * pid, attrs: map[string]any{"process.owner": owner}}
}

// Every part is a resource of its own, before _other_, with a point for every
// series that its processes ever had.
func TestPartsAreWritten(t *testing.T) {
	d := tellDivided(t)
	d.pass(scrape(10, owned(1, "app", 100), owned(2, "db", 0), owned(3, "app", 0), owned(4, "", 0)), 1)
	b := d.read(scrape(20, owned(1, "app", 103), owned(2, "db", 20), owned(3, "app", 300), owned(4, "", 4)), 1)
	require.Equal(t, pointsOfProc+1, d.writer.OtherPoints(d.host()))
	require.Equal(t, []process.Part{1, 2, 1, 0}, partsOf(d.host()))
	out, result := d.writer.Write(b)
	require.Equal(t, []string{
		"1 app process.cpu.time{user} 0 10-20",
		"1 app process.cpu.time{wait} 0 10-20",
		"1 app process.disk.io{read} 103 10-20",
		"1 app process.disk.io{write} 206 10-20",
		"1 app process.memory.usage{} 10 0-20",
		"app process.cpu.time{user} 0 10-20",
		"app process.cpu.time{wait} 0 10-20",
		"app process.disk.io{read} 300 10-20",
		"app process.disk.io{write} 600 10-20",
		"app process.memory.usage{} 30 10-20",
		"app process.count{} 1 0-20",
		"db process.cpu.time{user} 0 10-20",
		"db process.cpu.time{wait} 0 10-20",
		"db process.disk.io{read} 20 10-20",
		"db process.disk.io{write} 40 10-20",
		"db process.memory.usage{} 20 10-20",
		"db process.count{} 1 0-20",
		"_other_ process.cpu.time{user} 0 10-20",
		"_other_ process.cpu.time{wait} 0 10-20",
		"_other_ process.disk.io{read} 4 10-20",
		"_other_ process.disk.io{write} 8 10-20",
		"_other_ process.memory.usage{} 40 10-20",
		"_other_ process.count{} 1 0-20",
	}, lines(out))
	require.Equal(t, Result{
		Kept: 1, KeptPoints: pointsOfProc, Parts: 2, PartPoints: 2 * (pointsOfProc + 1), Divided: 2,
		Other: 1, OtherPoints: pointsOfProc + 1,
	}, result)
	require.Equal(t, map[string]any{"host.name": "web-1", "process.group": "app"}, out.ResourceMetrics().At(1).Resource().Attributes().AsRaw())
	require.Equal(t, []int64{1, 2, 3, 4}, d.asked, "once each")
}

func partsOf(h *Host) (parts []process.Part) {
	for i := range h.Entries {
		parts = append(parts, h.Entries[i].Part)
	}
	return parts
}

// Gauges of a part that has nobody now are 0, and its counters stay.
func TestAPartOfNobody(t *testing.T) {
	d := tellDivided(t)
	d.pass(scrape(10, owned(1, "app", 0), owned(2, "", 0)))
	d.pass(scrape(20, owned(1, "app", 7), owned(2, "", 0)))
	out := lines(d.pass(scrape(30, owned(2, "", 0))))
	require.Contains(t, out, "app process.disk.io{read} 7 10-30")
	require.Contains(t, out, "app process.memory.usage{} 0 10-30")
	require.Contains(t, out, "app process.count{} 0 0-30")
}

// A part begins with its first process and has that one's series only.
func TestAPartBeginsWithItsFirstProcess(t *testing.T) {
	d := tellDivided(t)
	d.pass(scrape(10, owned(1, "", 0)))
	md := reads(20, 2, int64(7)) // process.io alone
	md.ResourceMetrics().At(0).Resource().Attributes().PutStr("process.owner", "db")
	require.Equal(t, []string{"db process.io{} 0 20-20", "db process.count{} 1 0-20"}, lines(d.pass(md))[:2])
	out := d.pass(scrape(30, owned(1, "", 0), owned(5, "db", 3)))
	require.Contains(t, lines(out), "db process.disk.io{read} 0 20-30")
	require.Contains(t, lines(out), "db process.io{} 0 20-30")
}

// Of processes that have nothing that adds up a part has the number.
func TestAPartWithoutSeries(t *testing.T) {
	d := tellDivided(t)
	md := scrape(10, owned(1, "app", 0), owned(2, "", 0))
	ms := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	ms.RemoveIf(func(pmetric.Metric) bool { return true })
	m := ms.AppendEmpty()
	m.SetName("process.uptime")
	addPoint(m.SetEmptyGauge().DataPoints(), 0, 10*second).SetIntValue(3)
	out, result := d.writer.Write(d.read(md))
	require.Equal(t, "app process.count{} 1 0-10", lines(out)[0])
	require.Equal(t, Result{
		Parts: 1, PartPoints: 1, Divided: 1, Other: 1, OtherPoints: pointsOfProc + 1, PlainDropped: 1,
	}, result)
}

// A process whose watched attributes change is divided anew.
func TestAProcessMovesToAnotherPart(t *testing.T) {
	d := tellDivided(t)
	d.pass(scrape(10, owned(1, "app", 0), owned(2, "db", 0)))
	d.pass(scrape(20, owned(1, "app", 3), owned(2, "db", 0)))
	b := d.read(scrape(30, owned(1, "db", 10), owned(2, "db", 0)))
	out, _ := d.writer.Write(b)
	require.Contains(t, lines(out), "app process.disk.io{read} 3 10-30")
	require.Contains(t, lines(out), "db process.disk.io{read} 7 10-30")
	require.Contains(t, lines(out), "app process.count{} 0 0-30")
	require.Contains(t, lines(out), "db process.count{} 2 0-30")
	require.Equal(t, []int64{1, 2, 1}, d.asked)
}

// groupEnded are the last points of a part.
func groupEnded(who string, start, at int) []string {
	return append(allEnded(who, start, at), fmt.Sprintf("%s process.count{} end 0-%d", who, at))
}

// A part that ends gets last points, and begins at 0 if it begins again.
func TestAPartThatEnds(t *testing.T) {
	d := tellDivided(t)
	d.pass(scrape(10, owned(1, "app", 0), owned(2, "", 0)))
	d.pass(scrape(20, owned(1, "app", 7), owned(2, "", 0)))
	d.host().EndPart(1)
	out, result := d.writer.Write(d.read(scrape(30, owned(2, "", 0))))
	require.Equal(t, groupEnded("app", 10, 30), endings(out))
	require.Equal(t, Result{Other: 1, OtherPoints: pointsOfProc + 1, Ended: pointsOfProc + 1}, result)
	out = d.pass(scrape(40, owned(1, "app", 9), owned(2, "", 0)))
	require.Contains(t, lines(out), "app process.disk.io{read} 0 40-40")
	require.Empty(t, endings(out))
	require.Contains(t, lines(d.pass(scrape(50, owned(1, "app", 9)))), "app process.disk.io{read} 2 40-50")
}

// It may end while its processes are in the scrape: they are _other_'s then.
func TestAPartThatEndsAfterItWasRead(t *testing.T) {
	d := tellDivided(t)
	d.pass(scrape(10, owned(1, "app", 0), owned(2, "", 0)))
	b := d.read(scrape(20, owned(1, "app", 7), owned(2, "", 1)))
	d.host().EndPart(1)
	out, result := d.writer.Write(b)
	require.Equal(t, groupEnded("app", 10, 20), endings(out))
	require.Contains(t, lines(out), "_other_ process.disk.io{read} 8 10-20")
	require.Contains(t, lines(out), "_other_ process.memory.usage{} 30 10-20")
	require.Contains(t, lines(out), "_other_ process.count{} 2 0-20")
	require.Equal(t, []int{2, 0}, []int{result.Other, result.Divided})
}

// The number of a part that ended is another one's at once.
func TestANumberIsUsedAgain(t *testing.T) {
	d := tellDivided(t)
	d.pass(scrape(10, owned(1, "app", 0), owned(2, "", 0)))
	d.pass(scrape(20, owned(1, "app", 7), owned(2, "", 0)))
	d.host().EndPart(1)
	d.parts, d.names = map[string]process.Part{"web": 1}, map[process.Part]string{1: "web"}
	out := d.pass(scrape(30, owned(1, "app", 9), owned(3, "web", 1)))
	require.Contains(t, lines(out), "web process.disk.io{read} 0 30-30")
	require.Contains(t, lines(out), "web process.count{} 1 0-30")
	require.Equal(t, groupEnded("app", 10, 30), endings(out))
	require.Contains(t, lines(out), "_other_ process.disk.io{read} 2 10-30", "of the one that was app's")
}

// Series that a part had before it ended and began again end, if it has not
// got them again.
func TestAPartThatBeginsAgainAtOnce(t *testing.T) {
	d := tellDivided(t)
	d.pass(scrape(10, owned(1, "app", 0)))
	d.pass(scrape(20, owned(1, "app", 7)))
	d.host().EndPart(1)
	md := scrape(30, owned(2, "app", 5))
	md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().RemoveIf(func(m pmetric.Metric) bool {
		return m.Name() == "process.memory.usage"
	})
	out := d.pass(md)
	require.Contains(t, lines(out), "app process.disk.io{read} 0 30-30")
	require.Equal(t, []string{"app process.memory.usage{} end 0-30"}, endings(out))
}

// A part that is described otherwise has other series, from 0; the former ones
// end.
func TestAPartThatIsDescribedOtherwise(t *testing.T) {
	d := tellDivided(t)
	d.pass(scrape(10, owned(1, "app", 0)))
	d.pass(scrape(20, owned(1, "app", 7)))
	d.names[1] = "application"
	out := d.pass(scrape(30, owned(1, "app", 9)))
	require.Contains(t, lines(out), "application process.disk.io{read} 0 30-30")
	require.Equal(t, groupEnded("app", 10, 30), endings(out))
	require.Contains(t, lines(d.pass(scrape(40, owned(1, "app", 9)))), "application process.disk.io{read} 2 30-40")
	d.names[1] = "app"
	out = d.pass(scrape(50, owned(1, "app", 10)))
	require.Contains(t, lines(out), "app process.disk.io{read} 0 50-50", "what it showed meanwhile is not shown again")
}

// Names that two parts exchange are series that go on.
func TestPartsThatExchangeTheirNames(t *testing.T) {
	d := tellDivided(t)
	d.pass(scrape(10, owned(1, "app", 0), owned(2, "db", 0)))
	d.pass(scrape(20, owned(1, "app", 3), owned(2, "db", 7)))
	d.names[1], d.names[2] = d.names[2], d.names[1]
	out := d.pass(scrape(30, owned(1, "app", 4), owned(2, "db", 9)))
	require.Empty(t, endings(out))
	require.Contains(t, lines(out), "app process.disk.io{read} 0 30-30")
	out = d.pass(scrape(40, owned(1, "app", 4), owned(2, "db", 9)))
	require.Contains(t, lines(out), "app process.disk.io{read} 2 30-40")
	require.Contains(t, lines(out), "db process.disk.io{read} 1 30-40")
}

// Parts carry the host's attributes: when those change, their series are new
// ones.
func TestPartsOfAHostUnderOtherAttributes(t *testing.T) {
	d := tellDivided(t)
	linux := owned(1, "app", 0)
	linux.attrs["os.type"] = "linux"
	d.pass(scrape(10, linux))
	out := d.pass(scrape(20, owned(1, "app", 9)))
	require.Contains(t, lines(out), "app process.disk.io{read} 0 20-20")
	require.Contains(t, strings.Join(endings(out), "\n"), strings.Join(groupEnded("app linux", 10, 20), "\n"))
	require.Contains(t, lines(d.pass(scrape(30, owned(1, "app", 9)))), "app process.disk.io{read} 9 20-30")
}

// What becomes of _other_ does not concern the parts.
func TestPartsWithoutOther(t *testing.T) {
	d := tellDivided(t)
	d.pass(scrape(10, owned(1, "app", 0), owned(2, "", 0)))
	b := d.read(scrape(20, owned(1, "app", 3), owned(2, "", 4)))
	d.host().WithholdOther = true
	out, result := d.writer.Write(b)
	require.Contains(t, lines(out), "app process.disk.io{read} 3 10-20")
	require.Equal(t, groupEnded("_other_", 10, 20), endings(out))
	require.Equal(t, []int{1, 0, 1}, []int{result.Parts, result.OtherPoints, result.Other})
	require.Equal(t, 4.0+8.0, d.writer.Waiting(&Batch{hosts: []*Host{d.host()}})["process.disk.io"])

	require.True(t, d.writer.Configure(WriterSettings{Describe: d.describe}))
	d.pass(scrape(30, owned(1, "app", 5), owned(2, "", 100)))
	out = d.pass(scrape(40, owned(1, "app", 9), owned(2, "", 200)))
	require.Contains(t, lines(out), "app process.disk.io{read} 6 30-40")
	require.Len(t, lines(out), pointsOfProc+1)
	require.Zero(t, d.writer.Waiting(&Batch{hosts: []*Host{d.host()}})["process.disk.io"])
}

// What waits for a part is among what waits.
func TestPartsWait(t *testing.T) {
	d := tellDivided(t)
	d.pass(scrape(10, owned(1, "", 0)))
	d.pass(scrape(20, owned(1, "app", 5)))
	require.Equal(t, 5.0+10.0, d.writer.Waiting(&Batch{hosts: []*Host{d.host()}})["process.disk.io"])
}

// Who only watches loses what parts are given, as what _other_ is.
func TestPartsThatPass(t *testing.T) {
	d := tellDivided(t)
	for at := 10; at <= 30; at += 10 {
		md := scrape(at, owned(1, "app", int64(at)), owned(2, "", int64(at)))
		out, ended := d.writer.Pass(d.read(md))
		require.Equal(t, md, out)
		require.Zero(t, ended)
	}
	d.pass(scrape(40, owned(1, "app", 41), owned(2, "", 42)))
	out := d.pass(scrape(50, owned(1, "app", 41), owned(2, "", 42)))
	require.Contains(t, lines(out), "app process.disk.io{read} 11 10-50")
	require.Contains(t, lines(out), "_other_ process.disk.io{read} 12 10-50")
}

// A process that gave way to another one is still one that its part stands for.
func TestAnEvictedProcessOfAPart(t *testing.T) {
	d := tellDivided(t)
	d.pass(scrape(10, owned(1, "app", 0), owned(2, "app", 0)))
	b := d.read(scrape(20, owned(1, "app", 3), owned(2, "app", 4)))
	d.host().Evict(d.host().Entries[0].Process)
	out, _ := d.writer.Write(b)
	require.Contains(t, lines(out), "app process.disk.io{read} 7 10-20")
	require.Contains(t, lines(out), "app process.memory.usage{} 30 10-20")
	require.Contains(t, lines(out), "app process.count{} 2 0-20")
}

// Other settings divide every process anew; the parts go on, unless there is no
// division any more.
func TestADivisionUnderOtherSettings(t *testing.T) {
	d := tellDivided(t)
	d.pass(scrape(10, owned(1, "app", 0), owned(2, "db", 0)))
	d.pass(scrape(20, owned(1, "app", 3), owned(2, "db", 0)))
	d.parts = map[string]process.Part{"app": 2, "db": 2}
	d.reader.Configure(d.settings())
	out := d.pass(scrape(30, owned(1, "app", 10), owned(2, "db", 1)))
	require.Contains(t, lines(out), "app process.disk.io{read} 3 10-30")
	require.Contains(t, lines(out), "db process.disk.io{read} 8 10-30")

	d.reader.Configure(Settings{StateLimit: 1000})
	out = d.pass(scrape(40, owned(1, "app", 11), owned(2, "db", 2)))
	require.Equal(t, append(groupEnded("app", 10, 40), groupEnded("db", 10, 40)...), endings(out))
	require.Contains(t, lines(out), "_other_ process.disk.io{read} 0 10-40")
	require.Contains(t, lines(d.pass(scrape(50, owned(1, "app", 11), owned(2, "db", 2)))), "_other_ process.disk.io{read} 2 10-50")
}

// Another writer's parts go on if they are described the same, whatever their
// numbers.
func TestPartsOfTheWriterBefore(t *testing.T) {
	former := tellDivided(t)
	former.pass(scrape(10, owned(1, "app", 0), owned(2, "db", 0)))
	d := tellDivided(t)
	d.parts, d.names = map[string]process.Part{"app": 3}, map[process.Part]string{3: "app"}
	d.writer.Inherit(former.writer)
	out := d.pass(scrape(20, owned(1, "app", 3), owned(2, "db", 0)))
	require.Equal(t, groupEnded("db", 10, 20), endings(out))
	require.Contains(t, lines(out), "app process.disk.io{read} 0 20-20")
}

func TestTotalsAreOfAllParts(t *testing.T) {
	d := tellDivided(t)
	d.reader.Skip(d.read(scrape(10, owned(1, "app", 0), owned(2, "", 0))))
	d.reader.Skip(d.read(scrape(20, owned(1, "app", 3), owned(2, "", 4))))
	got := totals(d.reader, d.host())
	require.Len(t, got, pointsOfProc)
	require.Equal(t, int64(7), got["process.disk.io read"].Value.Int)
	require.Equal(t, int64(30), got["process.memory.usage process.memory.usage"].Value.Int)
	d.host().EndPart(1)
	require.Equal(t, int64(7), totals(d.reader, d.host())["process.disk.io read"].Value.Int)
}

// ioBackend counts the reads of a host as who keeps the last value of every
// series for ever does.
type ioBackend struct {
	last map[string]int64
	used int64
}

// take reads a batch and returns its memory in use.
func (b *ioBackend) take(md pmetric.Metrics) (memory int64) {
	for _, rm := range md.ResourceMetrics().All() {
		for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
			dp := numberPoints(m).At(0)
			switch {
			case dp.Flags().NoRecordedValue():
			case m.Name() == "process.memory.usage":
				memory += dp.IntValue()
			case m.Name() == "process.disk.io":
				b.count(text(rm.Resource().Attributes()), dp.IntValue())
			}
		}
	}
	return memory
}

func (b *ioBackend) count(series string, v int64) {
	switch last, known := b.last[series]; {
	case known && v >= last:
		b.used += v - last
	case known:
		b.used += v
	}
	b.last[series] = v
}

// Whoever is kept, whatever the parts are and are called: what a backend counts
// and what waits is what all processes used.
func TestDividedTotalsAreConserved(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d, truth := tellDivided(t), NewReader(Settings{StateLimit: 1000})
		backend, io := &ioBackend{last: map[string]int64{}}, map[int64]int64{}
		for i := range rapid.IntRange(2, 8).Draw(rt, "scrapes") {
			d.change(rt)
			md, memory := scrape(10*i+10), int64(0)
			for pid := range int64(5) {
				io[pid] += rapid.Int64Range(0, 99).Draw(rt, "growth")
				if pid > 0 && rapid.IntRange(0, 4).Draw(rt, "missing") == 0 {
					continue
				}
				p := owned(pid+1, rapid.SampledFrom([]string{"", "app", "db"}).Draw(rt, "owner"), io[pid])
				p.write(md.ResourceMetrics().AppendEmpty(), int64(10*i+10)*second)
				memory += p.memory
			}
			expected := truth.Read(md)
			truth.Skip(expected)
			b := d.read(md, rapid.SliceOfN(rapid.Int64Range(1, 5), 0, 4).Draw(rt, "keep")...)
			if part := process.Part(rapid.IntRange(0, 6).Draw(rt, "end")); part <= 2 {
				d.host().EndPart(part)
			}
			out, _ := d.writer.Write(b)
			require.Equal(rt, memory, backend.take(out))
			waits := d.writer.Waiting(b)["process.disk.io"] / 3 // writes are twice the reads
			used := totals(truth, expected.Hosts()[0])["process.disk.io read"].Value.Int
			require.Equal(rt, used, backend.used+int64(math.Round(waits)))
		}
	})
}

// change describes and divides otherwise now and then.
func (d *divided) change(t *rapid.T) {
	name := rapid.SampledFrom([]string{"a", "b", "c"})
	switch rapid.IntRange(0, 5).Draw(t, "change") {
	case 0:
		first := name.Draw(t, "name")
		d.names = map[process.Part]string{1: first, 2: first + "'"}
	case 1:
		d.parts["app"] = process.Part(rapid.IntRange(0, 2).Draw(t, "part"))
		d.reader.Configure(d.settings())
	}
}
