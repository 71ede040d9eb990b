//go:build linux

package e2e

import (
	"math"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// thinned has one receiver in two pipelines, so that both get the same scrape.
const thinned = `
receivers:
  host_metrics:
    collection_interval: 1s
    initial_delay: 100ms
    scrapers: {process: {mute_process_all_errors: true}}
processors:
  topk:
    rank_by: [{metric: cpu, k: 20, min: 0.005}, {metric: memory, k: 20}]
    half_life: 5s
    critical:
      - {name: secretive, conditions: ['IsMatch(resource.attributes["process.command_line"], "SECRET")']}
      - {name: web, conditions: ['resource.attributes["process.executable.name"] == "nginx"']}
exporters:
  otlp_http/raw: {endpoint: SINK/raw, sending_queue: {enabled: false}}
  otlp_http/thinned: {endpoint: SINK/thinned, sending_queue: {enabled: false}}
service:
  telemetry: {logs: {encoding: json}, metrics: {level: none}}
  pipelines:
    metrics/raw: {receivers: [host_metrics], exporters: [otlp_http/raw]}
    metrics/thinned: {receivers: [host_metrics], processors: [topk], exporters: [otlp_http/thinned]}
`

// secret is an argument that no other process has.
const secret = "301.730251"

// TestTopkOfRealProcesses holds the thinned output of the collector against the
// unthinned one of the same scrapes, and both against /proc.
func TestTopkOfRealProcesses(t *testing.T) {
	t.Parallel()
	const scrapesWanted = 14
	people := startCrowd(t)
	secretive := exec.CommandContext(t.Context(), "sleep", secret)
	launch(t, secretive)
	lasting := people.Members()

	proc, s := watchProc(), newSink(t)
	c := start(t, fill(thinned, "SINK", s.url, "SECRET", secret))
	c.await("scrapes", func() bool { return s.has(scrapesWanted, "raw", "thinned") })
	c.stop()
	proc.end(t)

	scrapes := pair(t, s.got("raw"), s.got("thinned"))
	left := people.Members()
	lasting = slices.DeleteFunc(lasting, func(m loadsim.Life) bool {
		return !slices.ContainsFunc(left, func(l loadsim.Life) bool { return l.Process.ID == m.Process.ID })
	})
	t.Run("totals are kept", func(t *testing.T) { checkTotals(t, scrapes) })
	t.Run("command lines are removed", func(t *testing.T) {
		checkSecret(t, s, int64(secretive.Process.Pid))
	})
	t.Run("the input is what proc says", func(t *testing.T) { checkInput(t, proc, scrapes, lasting) })
	t.Run("kept memory is what proc says", func(t *testing.T) { checkMemory(t, proc, scrapes, lasting) })
	t.Run("the busiest are kept", func(t *testing.T) { checkBusiest(t, proc, scrapes, lasting) })
}

// Series of the process scraper.
const (
	userTime   = "process.cpu.time{state=user}"
	systemTime = "process.cpu.time{state=system}"
)

// checkTotals compares, scrape by scrape, what is under names and in _other_
// with what the input has.
func checkTotals(t *testing.T, scrapes []scrape) {
	truth, backend := newUsage(), newConsumer()
	most, least := 0, math.MaxInt
	points, kept := 0, 0
	var doubles float64
	for i, s := range scrapes {
		truth.take(s.in)
		backend.take(s.out)
		integers, off := truth.worst(backend.counted, truth.totals())
		assert.Zero(t, integers, "scrape %d: difference of integer counters", i)
		assert.LessOrEqual(t, off, 1e-9, "scrape %d: relative difference of double counters", i)
		assert.Equal(t, levels(s.in), levels(s.out), "scrape %d: sums of what does not grow", i)
		doubles = max(doubles, off)

		in, out := len(processIDs(s.in)), len(processIDs(s.out))
		count, ok := places(s.out)[place{0, "process.count{}"}]
		require.True(t, ok, "scrape %d: what is without a PID says how many it stands for", i)
		assert.Equal(t, rest, count.name, "scrape %d", i)
		assert.Equal(t, float64(in-out), count.value, "scrape %d: processes in _other_", i)
		assert.GreaterOrEqual(t, in, 300, "scrape %d: processes", i)
		most, least = max(most, in), min(least, in)
		points, kept = points+len(s.in), kept+len(s.out)
	}
	cpu := truth.total(userTime) + truth.total(systemTime)
	assert.Greater(t, cpu, 1.0, "seconds of CPU that the crowd used")
	assert.NotEmpty(t, truth.born, "processes that began")
	t.Logf("%d scrapes of %d to %d processes, %d points in and %d out (%.1f %% saved); they used %.2f s of CPU; differences: integers 0, doubles %.1e",
		len(scrapes), least, most, points, kept, 100*(1-float64(kept)/float64(points)), cpu, doubles)
}

// checkSecret looks for a command line in all that was sent, ended series
// included.
func checkSecret(t *testing.T, s *sink, pid int64) {
	bytesWith := func(path string) (n int) {
		for _, b := range s.got(path) {
			raw, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(b.Metrics)
			require.NoError(t, err)
			n += strings.Count(string(raw), secret)
		}
		return n
	}
	inputs := bytesWith("raw")
	assert.NotZero(t, inputs, "the input has the command line")
	assert.Zero(t, bytesWith("thinned"), "so has the output")
	for i, b := range s.got("thinned") {
		assert.True(t, processIDs(points(t, b.Metrics))[pid], "scrape %d: the process that a condition finds by it is kept", i)
		for _, rm := range b.ResourceMetrics().All() {
			_, has := rm.Resource().Attributes().Get("process.command_line")
			require.False(t, has, "scrape %d: %v", i, rm.Resource().Attributes().AsRaw())
		}
	}
	t.Logf("the command line was %d times in the input and never in the output", inputs)
}

// checkInput compares the input with /proc: nobody is left out, and the CPU
// time of the crowd lies between two readings.
func checkInput(t *testing.T, proc *procWatch, scrapes []scrape, lasting []loadsim.Life) {
	compared := 0
	for i, s := range scrapes {
		pids := processIDs(s.in)
		for pid := range proc.readings[0] {
			if _, ok := proc.around(pid, time.Unix(0, s.before), s.seen.arrived); ok && s.before != 0 {
				assert.True(t, pids[pid], "scrape %d: process %d was there before and after it", i, pid)
			}
		}
		in := places(s.in)
		for _, m := range lasting {
			compared += checkCPU(t, proc, s, in, int64(m.PID))
		}
	}
	assert.Greater(t, compared, 300*(len(scrapes)-2), "CPU times between two readings")
	t.Logf("%d CPU times of the crowd lie between two readings of /proc", compared)
}

func checkCPU(t *testing.T, proc *procWatch, s scrape, in map[place]point, pid int64) (compared int) {
	user, ok := in[place{pid, userTime}]
	require.True(t, ok, "process %d of the crowd is in the input", pid)
	system := in[place{pid, systemTime}]
	b, ok := proc.around(pid, time.Unix(0, user.at), s.seen.arrived)
	if !ok {
		return 0
	}
	assert.GreaterOrEqual(t, user.value, b.before.user, "process %d", pid)
	assert.LessOrEqual(t, user.value, b.after.user, "process %d", pid)
	assert.GreaterOrEqual(t, system.value, b.before.system, "process %d", pid)
	assert.LessOrEqual(t, system.value, b.after.system, "process %d", pid)
	return 1
}

// checkMemory compares the memory of kept processes with /proc. That of the
// crowd must lie between the readings; others on the host may take and give
// back memory between two of them, so nearly all must.
func checkMemory(t *testing.T, proc *procWatch, scrapes []scrape, lasting []loadsim.Life) {
	sleeps := map[int64]bool{}
	for _, m := range lasting {
		sleeps[int64(m.PID)] = m.Process.Load.CPU() == 0
	}
	exact, near, others, outside := 0, 0, 0, 0
	for i, s := range scrapes {
		for _, p := range s.out {
			if p.metric != "process.memory.usage" || p.pid == 0 {
				continue
			}
			b, ok := proc.around(p.pid, time.Unix(0, p.at), s.seen.arrived)
			if !ok {
				continue
			}
			slack := 1<<20 + float64(b.high)/10
			within := p.value >= float64(b.low)-slack && p.value <= float64(b.high)+slack
			asleep, member := sleeps[p.pid]
			switch {
			case asleep:
				assert.Equal(t, float64(b.low), p.value, "scrape %d: memory of %s, which sleeps", i, p.name)
				exact++
			case member:
				assert.True(t, within, "scrape %d: memory of %s is %.0f, read were %d to %d", i, p.name, p.value, b.low, b.high)
				near++
			case within:
				others++
			default:
				outside++
			}
		}
	}
	assert.NotZero(t, exact, "kept processes that sleep")
	assert.NotZero(t, near, "kept processes that work")
	assert.LessOrEqual(t, 10*outside, others, "samples of other processes outside of what was read")
	t.Logf("memory of kept processes against /proc: %d samples equal, %d of busy ones within the readings, of others %d within and %d outside",
		exact, near, others, outside)
}

// busiestShare is a share of a core that a process is among the first 20 by:
// on two cores no more than 20 can use as much.
const busiestShare = 0.1

// checkBusiest looks for the busiest of the crowd under their own names, and
// compares what they used there with /proc.
func checkBusiest(t *testing.T, proc *procWatch, scrapes []scrape, lasting []loadsim.Life) {
	for _, m := range lasting {
		share := m.Process.Load.CPU()
		if share < busiestShare {
			continue
		}
		pid := int64(m.PID)
		for i, s := range scrapes[2:] {
			assert.True(t, processIDs(s.out)[pid], "scrape %d: %s uses %.2f of a core and is kept", i+2, m.Process.Comm(), share)
		}
		checkGrowth(t, proc, scrapes[2], scrapes[len(scrapes)-1], m)
	}
}

// checkGrowth compares what a process used under its name between two scrapes,
// through both of which it was kept, with /proc.
func checkGrowth(t *testing.T, proc *procWatch, from, to scrape, m loadsim.Life) {
	name := m.Process.Comm()
	a, ok := places(from.out)[place{int64(m.PID), userTime}]
	require.True(t, ok, name)
	b, ok := places(to.out)[place{int64(m.PID), userTime}]
	require.True(t, ok, name)
	first, ok := proc.around(a.pid, time.Unix(0, a.at), from.seen.arrived)
	require.True(t, ok, name)
	last, ok := proc.around(b.pid, time.Unix(0, b.at), to.seen.arrived)
	require.True(t, ok, name)
	const rounding = 1e-9
	used := b.value - a.value
	assert.GreaterOrEqual(t, used, last.before.user-first.after.user-rounding, name)
	assert.LessOrEqual(t, used, last.after.user-first.before.user+rounding, name)
	t.Logf("%s used %.2f s under its name, between %.2f and %.2f by /proc",
		name, used, last.before.user-first.after.user, last.after.user-first.before.user)
}
