//go:build linux

package spawn

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
)

const mib = 1 << 20

// resident is how many bytes of its own a process has in memory.
func resident(t testing.TB, pid int) int64 {
	t.Helper()
	var kib int64
	_, err := fmt.Sscanf(status(t, pid, "RssAnon"), "%d kB", &kib)
	require.NoError(t, err)
	return kib << 10
}

// TestSharesOfACoreAreUsed has wide limits: others work on this machine too.
// BenchmarkShares in benchmarks/spawn says how close they come.
func TestSharesOfACoreAreUsed(t *testing.T) {
	r := start(t, Settings{})
	shares := []float64{0, 0.01, 0.03, 0.1}
	const life = 3 * time.Second
	for i, share := range shares {
		p := named(uint32(i+1), "worker")
		p.Lifetime, p.Load = life, loadsim.Load{{CPU: share}}
		r.spawn(p)
	}
	for i, share := range shares {
		used := r.exited(uint32(i + 1)).Used
		got := (used.User + used.System).Seconds() / life.Seconds()
		require.Greater(t, got, share*0.2, "share %v", share)
		require.Less(t, got, share*1.3+0.005, "share %v", share)
	}
}

func TestSharesFollowTheSteps(t *testing.T) {
	r := start(t, Settings{})
	p := named(1, "spiky")
	p.Lifetime = 2 * time.Second
	p.Load = loadsim.Load{{For: 400 * time.Millisecond, CPU: 0.2}, {For: 600 * time.Millisecond}}
	r.spawn(p)
	used := r.exited(1).Used
	got := (used.User + used.System).Seconds()
	require.Greater(t, got, 0.03, "twice 0.2 of 0.4 s is asked for")
	require.Less(t, got, 0.22)
}

func TestMemoryIsHeldAndGivenBack(t *testing.T) {
	r := start(t, Settings{})
	p := named(1, "breathing")
	p.Load = loadsim.Load{{For: 300 * time.Millisecond, Memory: 8 * mib}, {For: 300 * time.Millisecond, Memory: 2 * mib}}
	r.spawn(p)
	pid := r.born(1).PID
	for _, bytes := range []int64{8 * mib, 2 * mib, 8 * mib} {
		require.Eventually(t, func() bool {
			extra := resident(t, pid) - bytes
			return extra >= 0 && extra < 256<<10
		}, patience, time.Millisecond, "%d bytes", bytes)
	}
}

// TestPeakMemoryIsOnesOwn: the kernel counts the peak of who bears into that
// of who is born, and that of waited-for children into their parent's.
func TestPeakMemoryIsOnesOwn(t *testing.T) {
	r := start(t, Settings{})
	big := named(1, "big")
	big.Load = loadsim.Load{{Memory: 20 * mib}}
	big.Lifetime = 300 * time.Millisecond
	parent := named(2, "parent")
	parent.Lifetime = time.Second
	bigChild, bigParent := big, big
	bigChild.ID, bigParent.ID = 3, 4
	parent.Children = []loadsim.Process{bigChild}
	idle := named(5, "idle")
	idle.Lifetime = 100 * time.Millisecond
	bigParent.Children = []loadsim.Process{idle}
	r.spawn(big, parent, bigParent)
	r.exited(1)
	after := named(6, "after")
	after.Lifetime = 10 * time.Millisecond
	r.spawn(after)
	for _, id := range []uint32{1, 3, 4} {
		peak := r.exited(id).Used.PeakMemory
		require.GreaterOrEqual(t, peak, int64(20*mib), "big process %d", id)
		require.Less(t, peak, int64(24*mib), "big process %d", id)
	}
	for _, id := range []uint32{2, 5, 6} {
		peak := r.exited(id).Used.PeakMemory
		require.Greater(t, peak, int64(100<<10), "small process %d", id)
		require.Less(t, peak, int64(1536<<10), "small process %d", id)
	}
}

func TestTimeOfChildrenIsNotTheirParents(t *testing.T) {
	r := start(t, Settings{})
	parent := named(1, "parent")
	parent.Lifetime = 1500 * time.Millisecond
	child := named(2, "child")
	child.Lifetime, child.Load = 800*time.Millisecond, loadsim.Load{{CPU: 0.3}}
	parent.Children = []loadsim.Process{child}
	r.spawn(parent)
	used := r.exited(1).Used
	require.Less(t, used.User+used.System, 50*time.Millisecond)
	require.Positive(t, used.User+used.System)
	used = r.exited(2).Used
	require.Greater(t, used.User+used.System, 60*time.Millisecond)
}

func TestMemoryThatCannotBeHadIsToldAtTheEnd(t *testing.T) {
	r := start(t, Settings{})
	p := named(1, "huge")
	p.Load = loadsim.Load{{For: time.Hour}, {For: time.Hour, Memory: maxStepMemory}}
	r.spawn(p)
	require.ErrorIs(t, r.exited(1).Err, errNoMemory)
}
