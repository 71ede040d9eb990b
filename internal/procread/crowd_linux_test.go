package procread

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// manyThreads is how many a test's process has; the benchmark has more.
const manyThreads = 2000

func startThreads(t testing.TB, n int) *exec.Cmd {
	t.Helper()
	return startWith(t, fmt.Sprint("PROCREAD_THREADS=", n))
}

func TestAProcessOfManyThreads(t *testing.T) {
	pid := int32(startThreads(t, manyThreads).Process.Pid)
	all, tally := scrape(t, open(t, "/", Settings{Want: TaskFolder}))
	p := all[pid]
	require.GreaterOrEqual(t, p.Stat.Threads, int64(manyThreads))
	require.GreaterOrEqual(t, p.Switches.Voluntary+p.Switches.Involuntary, uint64(manyThreads), "each began to wait")
	require.Zero(t, tally.Unreadable)
}

// A scrape that reads the context switches of a process of very many threads, a
// file for each, beside one that does not.
func BenchmarkAProcessOfManyThreads(b *testing.B) {
	for _, n := range []int{1000, 10_000, 28_000} {
		for name, want := range map[string]File{"switches": TaskFolder, "none": 0} {
			b.Run(fmt.Sprintf("threads=%d/%s", n, name), func(b *testing.B) {
				pid := int32(startThreads(b, n).Process.Pid)
				r, err := Open("/", Settings{Want: want})
				require.NoError(b, err)
				defer r.Close()
				var got int64
				for b.Loop() {
					_, err = r.Scrape(func(p *Process) {
						if p.PID == pid {
							got = p.Stat.Threads
						}
					})
				}
				require.NoError(b, err)
				require.GreaterOrEqual(b, got, int64(n))
			})
		}
	}
}

// A process may end between any two of its files: it is left out, the others
// are not, and none of its files is called unreadable.
func TestAProcessThatEndsHalfWay(t *testing.T) {
	for after, hook := range map[string]func(*Reader, func()){
		"stat": func(r *Reader, end func()) {
			r.now = func() time.Time { end(); return time.Now() }
		},
		"the name": func(r *Reader, end func()) {
			r.settings.Match = func(string) bool { end(); return true }
		},
	} {
		t.Run(after, func(t *testing.T) {
			stays, ends := start(t, "sleep", "100"), start(t, "sleep", "100")
			r := open(t, "/", Settings{Want: allFiles})
			hook(r, func() {
				if p := r.known[int32(ends.Process.Pid)]; p != nil && ends.ProcessState == nil {
					_ = ends.Process.Kill()
					_ = ends.Wait()
				}
			})
			all, tally := scrape(t, r)
			require.NotNil(t, ends.ProcessState, "it ended")
			require.Contains(t, all, int32(stays.Process.Pid))
			require.NotContains(t, all, int32(ends.Process.Pid))
			require.Positive(t, tally.Vanished)
			require.NotContains(t, fmt.Sprint(tally.First), fmt.Sprintf("process %d:", ends.Process.Pid))
		})
	}
}

// Processes come and go while all are read, thousands in some seconds: none is
// called unreadable, and those that stay are always there.
func TestProcessesThatComeAndGoAllTheTime(t *testing.T) {
	stays := int32(start(t, "sleep", "100").Process.Pid)
	stop := make(chan struct{})
	var forking sync.WaitGroup
	born := make([]int, 2)
	for i := range born {
		forking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					born[i]++
					_ = exec.Command("true").Run()
				}
			}
		})
	}
	r := open(t, "/", Settings{Want: allFiles, Refresh: time.Hour, Keep: 1000})
	vanished := 0
	for until := time.Now().Add(2 * time.Second); time.Now().Before(until); {
		all, tally := scrape(t, r)
		vanished += tally.Vanished
		require.Contains(t, all, stays)
		require.Contains(t, all, int32(os.Getpid()))
		require.Zero(t, tally.Unreadable[bit(StatFile)], "%v", tally.First)
		require.Zero(t, tally.Unreadable[bit(TaskFolder)], "%v", tally.First)
	}
	close(stop)
	forking.Wait()
	t.Logf("%d processes were born, %d ended while they were read", born[0]+born[1], vanished)
	require.Greater(t, born[0]+born[1], 10)
	require.LessOrEqual(t, r.rest.open.user+r.rest.open.system, int64(0), "what was found is settled")
}

// A kernel thread has no memory, no arguments and no executable, a name of any
// length, and nothing that is unreadable.
func TestKernelThreads(t *testing.T) {
	tr := newTree(t)
	const name = "kworker/u8:0-events_unbound"
	tr.process(t, 7, name, Stat{Parent: 2})
	tr.write(t, "7/cmdline", "")
	tr.write(t, "7/statm", "0 0 0 0 0 0 0\n")
	require.NoError(t, os.Remove(filepath.Join(tr.root, "proc", strconv.Itoa(7), "exe")))
	all, tally := scrape(t, open(t, tr.root, Settings{Want: allFiles}))
	require.Zero(t, tally.Unreadable)
	require.Equal(t, File(allFiles), all[7].Known)
	require.Equal(t, []string{name, "", "", ""}, []string{all[7].Name, all[7].Command, all[7].CommandLine, all[7].Path})
	require.Zero(t, all[7].Memory)
}
