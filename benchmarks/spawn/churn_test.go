//go:build linux

package spawn

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/spawn"
)

const (
	parallel = 8    // processes at a time
	perRound = 1000 // births
	rounds   = 7
)

// BenchmarkChurn has processes born that end at once, by the Spawner, which
// tells of each with what it used, and by a posix_spawn loop in C that does
// nothing but wait: the same program, as many at a time, in turns. Read x-loop,
// the median of the rounds' ratios of births per second; its target is 0.8.
func BenchmarkChurn(b *testing.B) {
	s := newSpawner(b)
	loop := compileLoop(b)
	program := filepath.Join(s.Dir(), churn(0).Path)
	var id uint32
	bear(b, s, &id, parallel) // the program is there now, and warm
	for b.Loop() {
		var ours, theirs, ratios []float64
		for range rounds {
			mine := perRound / bear(b, s, &id, perRound).Seconds()
			other := perRound / bearInC(b, loop, program).Seconds()
			ours, theirs, ratios = append(ours, mine), append(theirs, other), append(ratios, mine/other)
		}
		b.ReportMetric(median(ours), "births/s")
		b.ReportMetric(median(theirs), "loop-births/s")
		b.ReportMetric(median(ratios), "x-loop(target≥0.8)")
	}
}

func newSpawner(b *testing.B) *spawn.Spawner {
	s, err := spawn.New(spawn.Settings{Dir: b.TempDir(), MaxProcesses: 2000})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	return s
}

func churn(id uint32) loadsim.Process {
	return loadsim.Process{ID: id, Path: "usr/bin/churn", Args: []string{"churn"}, Lifetime: time.Microsecond}
}

// bear has count processes born and waits for the end of each.
func bear(b *testing.B, s *spawn.Spawner, id *uint32, count int) time.Duration {
	begun := time.Now()
	for born, ended := 0, 0; ended < count; {
		if born < count && born-ended < parallel {
			*id++
			born++
			require.NoError(b, s.Spawn(context.Background(), churn(*id)))
			continue
		}
		e := <-s.Events()
		require.NotEqual(b, loadsim.Failed, e.Kind, "%v", e.Err)
		if e.Kind == loadsim.Exited {
			require.Positive(b, e.Used.User+e.Used.System)
			ended++
		}
	}
	return time.Since(begun)
}

func compileLoop(b *testing.B) string {
	loop := filepath.Join(b.TempDir(), "loop")
	out, err := exec.Command("cc", "-O2", "-o", loop, "testdata/loop.c").CombinedOutput()
	require.NoError(b, err, "compile testdata/loop.c (apt-get install gcc libc6-dev): %s", out)
	return loop
}

// bearInC gives the loop a standard input that does not end, since there is
// where a process of the load sees that it has to.
func bearInC(b *testing.B, loop, program string) time.Duration {
	r, w, err := os.Pipe()
	require.NoError(b, err)
	defer w.Close()
	defer r.Close()
	var took strings.Builder
	c := exec.Command(loop, program, strconv.Itoa(perRound), strconv.Itoa(parallel))
	c.Stdin, c.Stderr = r, &took
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // the scheduler divides between sessions first
	require.NoError(b, c.Run())
	seconds, err := strconv.ParseFloat(strings.TrimSpace(took.String()), 64)
	require.NoError(b, err, fmt.Sprintf("the loop said %q", took.String()))
	return time.Duration(seconds * float64(time.Second))
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
