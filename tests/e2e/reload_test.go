//go:build linux

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// switched has the input in one pipeline, for the truth, and in another one
// what a backend gets: everything, or what topk leaves of it. Both have the
// same labels, as the catalog's templates have.
const switched = `
receivers:
  host_metrics:
    collection_interval: 1s
    initial_delay: 100ms
    scrapers: {process: {mute_process_all_errors: true}}
processors:
  resource/command_line: {attributes: [{key: process.command_line, action: delete}]}
  topk:
    rank_by: [{metric: cpu, k: 20, min: 0.005}, {metric: memory, k: 10}]
    critical: [CRITICAL]
exporters:
  otlp_http/truth: {endpoint: SINK/truth-PHASE, sending_queue: {enabled: false}}
  otlp_http/backend: {endpoint: SINK/PHASE, sending_queue: {enabled: false}}
service:
  telemetry: {logs: {encoding: json}, metrics: {level: none}}
  pipelines:
    metrics/truth: {receivers: [host_metrics], exporters: [otlp_http/truth]}
    metrics/backend: {receivers: [host_metrics], processors: [PROCESSOR], exporters: [otlp_http/backend]}
`

// veteranCPU is what a veteran has used, in seconds, when the test begins.
const veteranCPU = 1.5

// TestReloadFromRawToTopkAndBack counts, as a backend does, what goes on under
// the same series from raw values to topk's and back to raw ones.
//
// The bound: a kept counter begins at its raw value less what _other_ was
// given of it, so a switch to topk adds no more than processes used
// meanwhile. On the way back every series jumps to its raw value. What it
// jumps by was counted once before, as _other_'s: it is at most what _other_
// was given while topk ran, and only of processes that are still there.
// Counters from 0 would jump by the whole lives of the processes kept.
func TestReloadFromRawToTopkAndBack(t *testing.T) {
	t.Parallel()
	startCrowd(t)
	critical := startVeterans(t, 3)
	s := newSink(t)
	config := func(phase, processor string) string {
		return fill(switched, "SINK", s.url, "PHASE", phase, "PROCESSOR", processor, "CRITICAL", critical)
	}
	c := start(t, config("before", "resource/command_line"))
	c.await("scrapes with raw values", func() bool { return s.has(3, "before", "truth-before") })
	c.reload(config("topk", "topk"))
	c.await("scrapes through topk", func() bool { return s.has(6, "topk", "truth-topk") })
	c.reload(config("after", "resource/command_line"))
	c.await("scrapes with raw values again", func() bool { return s.has(3, "after", "truth-after") })
	c.stop()

	b := &books{truth: newUsage(), conserved: newConsumer(), fromZero: newConsumer(), first: map[string]float64{}}
	b.take(pair(t, s.got("truth-before"), s.got("before")), false)
	atSwitch := b.difference()
	thinned := pair(t, s.got("truth-topk"), s.got("topk"))
	b.take(thinned[:1], true)
	missed := atSwitch - b.difference() // processes that were not kept used it meanwhile; the way back makes up for it
	assert.GreaterOrEqual(t, missed, -1e-6, "a switch to topk counts nothing that was not used")
	b.take(thinned[1:], true)
	given := b.given()
	before, beforeZero := b.difference(), b.differenceFromZero()
	raw := pair(t, s.got("truth-after"), s.got("after"))
	b.take(raw[:1], false)
	jump, jumpZero := b.difference()-before, b.differenceFromZero()-beforeZero
	b.take(raw[1:], false)

	assert.LessOrEqual(t, jump, given+missed+1e-6, "CPU seconds that the way back counts again, and what _other_ was given")
	assert.LessOrEqual(t, b.difference(), given+1e-6, "CPU seconds counted too much in all")
	assert.GreaterOrEqual(t, jumpZero, 3*veteranCPU, "CPU seconds that counters from 0 count again")
	assert.Positive(t, given, "CPU seconds that _other_ was given")
	assert.Less(t, 4*jump, jumpZero, "the way back, against that of counters from 0")
	t.Logf("CPU used %.2f s in %d + %d + %d scrapes; _other_ was given %.2f s; counted again on the way back: %.3f s; with counters from 0 it would be %.2f s",
		b.used(), len(s.got("before")), len(thinned), len(raw), given, jump, jumpZero)
}

// startVeterans starts processes that use some CPU and then sleep, waits until
// they sleep, and returns critical entries for them.
func startVeterans(t *testing.T, n int) (critical string) {
	t.Helper()
	// The shell becomes the sleeper, with what it has used so far.
	script := fmt.Sprintf(`
until [ $(cut -d" " -f14 /proc/$$/stat) -ge %d ]; do i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; done
exec sleep 2147483647`, int(veteranCPU*ticksPerSecond))
	var entries []string
	var pids []int
	for range n {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
		launch(t, cmd)
		pid := cmd.Process.Pid
		pids = append(pids, pid)
		entries = append(entries, fmt.Sprintf(`{name: veteran-%d, conditions: ['resource.attributes["process.pid"] == %d']}`, pid, pid))
	}
	await(t, "processes that have used some CPU and sleep", func() bool {
		return !slices.ContainsFunc(pids, func(pid int) bool {
			comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
			require.NoError(t, err)
			return string(comm) != "sleep\n"
		})
	})
	return strings.Join(entries, ", ")
}

// books are what was used and what consumers counted of it.
type books struct {
	truth     *usage
	conserved *consumer // of what was sent
	fromZero  *consumer // of what it would be if kept counters began at 0
	first     map[string]float64
	rest      float64 // CPU seconds that _other_ has
}

func (b *books) take(scrapes []scrape, thinned bool) {
	for _, s := range scrapes {
		b.truth.take(s.in)
		b.conserved.take(s.out)
		out := s.out
		if thinned {
			out = b.rebase(s.out)
		}
		b.fromZero.take(out)
	}
}

// rebase takes the first value of every kept counter off, and notes what
// _other_ has.
func (b *books) rebase(all []point) []point {
	rebased := make([]point, len(all))
	b.rest = 0
	for i, p := range all {
		if p.counter && p.pid != 0 {
			key := p.resource + p.series
			if _, known := b.first[key]; !known {
				b.first[key] = p.value
			}
			p.value -= b.first[key]
		}
		if p.pid == 0 && (p.series == userTime || p.series == systemTime) {
			b.rest += p.value
		}
		rebased[i] = p
	}
	return rebased
}

// given is what _other_ was given since topk began.
func (b *books) given() float64 { return b.rest }

// used is the CPU that processes used, in seconds.
func (b *books) used() float64 { return b.truth.total(userTime) + b.truth.total(systemTime) }

// difference is by how much CPU was counted too much; negative, too little, as
// a backend counts no process's first sample.
func (b *books) difference() float64 { return cpuOf(b.conserved) - b.used() }

func (b *books) differenceFromZero() float64 { return cpuOf(b.fromZero) - b.used() }

func cpuOf(c *consumer) float64 { return c.counted[userTime] + c.counted[systemTime] }
