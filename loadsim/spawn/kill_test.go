//go:build linux

package spawn

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
)

var kills = flag.Int("kills", 15, "how often TestNothingOutlivesAKilledLoadsim kills one")

// treesIn is the environment variable that makes the test binary a program
// that makes process trees below that folder until it is killed.
const treesIn = "PHOENIX_TEST_TREES_IN"

func makeTrees(dir string) {
	s, err := New(Settings{Dir: dir, MaxProcesses: 400})
	if err != nil {
		panic(err)
	}
	go func() {
		for range s.Events() {
		}
	}()
	for id := uint32(1); ; {
		p := randomTree(&id, 3)
		if err := s.Spawn(context.Background(), p); err != nil {
			panic(err)
		}
		time.Sleep(rand.N(4 * time.Millisecond))
	}
}

// randomTree has sessions of its own, double forks, short lives and long ones.
func randomTree(id *uint32, depth int) loadsim.Process {
	p := named(*id, fmt.Sprintf("bin/tree-%d", depth))
	*id++
	p.Session, p.Detach = rand.N(3) == 0, rand.N(3) == 0
	if rand.N(2) == 0 {
		p.Lifetime = rand.N(300 * time.Millisecond)
	}
	if rand.N(8) == 0 {
		p.Load = loadsim.Load{{CPU: 0.05, Memory: 64 << 10}}
	}
	for n := rand.N(3); depth > 0 && n > 0; n-- {
		p.Children = append(p.Children, randomTree(id, depth-1))
	}
	return p
}

// TestNothingOutlivesAKilledLoadsim kills one at random moments, the sooner the
// likelier, after it has stopped some of its processes, which then cannot end
// by themselves.
func TestNothingOutlivesAKilledLoadsim(t *testing.T) {
	largest := 0
	var slowest time.Duration
	for range *kills {
		dir := t.TempDir()
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), treesIn+"="+dir)
		require.NoError(t, c.Start())
		require.Eventually(t, func() bool { return len(below(dir)) > 1 }, patience, time.Millisecond)
		time.Sleep(time.Duration(rand.Float64() * rand.Float64() * float64(500*time.Millisecond)))
		for _, pid := range below(dir) {
			if rand.N(20) == 0 {
				stop(pid, dir)
			}
		}
		largest = max(largest, len(below(dir)))
		require.NoError(t, c.Process.Kill())
		killed := time.Now()
		c.Wait()
		require.Eventually(t, func() bool { return len(below(dir)) == 0 }, patience, 20*time.Millisecond)
		slowest = max(slowest, time.Since(killed))
		require.Eventually(t, func() bool { return len(entries(t, dir)) == 0 }, patience, 5*time.Millisecond, "the run's folder is left")
	}
	t.Logf("%d kills, up to %d processes, all gone after at most %s", *kills, largest, slowest)
	require.Greater(t, largest, 20, "too few processes to mean anything")
	require.Less(t, slowest, 5*time.Second, "1 s is promised; a busy machine has more time here")
}

// below lists the processes whose executables lie below a folder.
func below(dir string) []int {
	processes, _ := filepath.Glob("/proc/[0-9]*")
	var pids []int
	for _, p := range processes {
		exe, err := os.Readlink(p + "/exe")
		if err == nil && strings.HasPrefix(exe, dir+"/") {
			pid, _ := strconv.Atoi(filepath.Base(p))
			pids = append(pids, pid)
		}
	}
	return pids
}

// stop stops a process of the load; not the zygote, which is to clear up.
func stop(pid int, dir string) {
	p, err := os.FindProcess(pid)
	if err != nil {
		return
	}
	defer p.Release()
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err == nil && strings.HasPrefix(exe, dir+"/") && filepath.Base(exe) != zygoteName {
		p.Signal(syscall.SIGSTOP)
	}
}

func entries(t *testing.T, dir string) []os.DirEntry {
	all, err := os.ReadDir(dir)
	require.NoError(t, err)
	return all
}
