//go:build linux

package spawn

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/spawn"
)

const (
	sleepers = 2000
	watched  = 10 * time.Second
)

// BenchmarkIdle has 2,000 processes sleep, each with a name and a command line
// of its own. private-KiB is what one keeps for itself (smaps_rollup), MiB what
// all take of the machine's available memory, the kernel's part included
// (target 1024), and %core the CPU time of all of them and of who looks after
// them, by the scheduler's own count, over ten seconds (target 2).
func BenchmarkIdle(b *testing.B) {
	for b.Loop() {
		before := available(b)
		s := newSpawner(b)
		pids := haveSleepers(b, s)
		time.Sleep(time.Second)
		b.ReportMetric(float64(before-available(b))/1024, "MiB(target≤1024)")
		b.ReportMetric(float64(private(b, pids))/float64(len(pids)), "private-KiB")
		pids = append(pids, s.PID())
		used := onCPU(b, pids)
		time.Sleep(watched)
		used = onCPU(b, pids) - used
		b.ReportMetric(100*used.Seconds()/watched.Seconds(), "%core(target≤2)")
		require.NoError(b, s.Close())
	}
}

func haveSleepers(b *testing.B, s *spawn.Spawner) []int {
	var pids []int
	for id := range uint32(sleepers) {
		name := fmt.Sprintf("sleeper-%d", id)
		p := loadsim.Process{ID: id + 1, Path: "usr/bin/" + name, Args: []string{name, "--instance", strconv.Itoa(int(id))}}
		require.NoError(b, s.Spawn(context.Background(), p))
	}
	for len(pids) < sleepers {
		e := <-s.Events()
		require.Equal(b, loadsim.Born, e.Kind, "%v", e.Err)
		pids = append(pids, e.PID)
	}
	return pids
}

// available is MemAvailable in KiB.
func available(b *testing.B) int64 {
	return sum(b, "/proc/meminfo", "MemAvailable")
}

// private is what these processes share with nobody, in KiB.
func private(b *testing.B, pids []int) int64 {
	var total int64
	for _, pid := range pids {
		total += sum(b, fmt.Sprintf("/proc/%d/smaps_rollup", pid), "Private_Clean", "Private_Dirty")
	}
	return total
}

// sum adds up the lines with these keys in a file of /proc.
func sum(b *testing.B, file string, keys ...string) int64 {
	content, err := os.ReadFile(file)
	require.NoError(b, err)
	var total int64
	for _, key := range keys {
		found := regexp.MustCompile(`(?m)^` + key + `: *(\d+) kB$`).FindSubmatch(content)
		require.NotNil(b, found, "%s in %s", key, file)
		n, err := strconv.ParseInt(string(found[1]), 10, 64)
		require.NoError(b, err)
		total += n
	}
	return total
}

// onCPU is how long these processes have run. It is exact to the nanosecond,
// where the times of /proc/PID/stat are in hundredths of a second.
func onCPU(b *testing.B, pids []int) time.Duration {
	var total time.Duration
	for _, pid := range pids {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		require.NoError(b, err)
		ns, err := strconv.ParseInt(strings.Fields(string(content))[0], 10, 64)
		require.NoError(b, err)
		total += time.Duration(ns)
	}
	return total
}
