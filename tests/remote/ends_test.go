//go:build linux

package remote

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// A process that is killed while a configuration is on trial goes back to the
// one before; on probation, which is later, to the last that has settled.
func TestAKilledCollectorGoesBack(t *testing.T) {
	h := newHost(t, "")
	h.start()
	good := h.apply(keeping(5))
	moments := []time.Duration{time.Second}
	if everything() {
		h.awaitSettled(good)
		moments = append(moments, 10*time.Second, time.Minute)
	}
	for i, after := range moments {
		token := h.server.push(keeping(10+i) + fmt.Sprintf("# dies after %s\n", after))
		h.awaitPhase(remoteconfig.Trial)
		time.Sleep(after)
		phase := h.state().State.Phase
		begun := time.Now()
		h.kill()
		why := h.server.awaitStatus(t, token, failed)
		require.True(t, strings.HasPrefix(why, string(remoteconfig.Crashed)), why)
		require.Contains(t, why, "without being stopped")
		h.awaitRuns(good)
		t.Logf("killed after %s, in %s: the last good one runs after %.1f s; %s", after, phase, time.Since(begun).Seconds(), why)
		require.Less(t, time.Since(begun), 30*time.Second)
	}
}

// awaitSettled waits until a configuration is what later ones go back to.
func (h *host) awaitSettled(hash string) {
	h.t.Helper()
	require.Eventually(h.t, func() bool { return string(h.state().State.LastGood) == hash }, remoteconfig.SettleAfter+patience, time.Second)
}

// awaitPhase waits until the state on the disk is in a phase.
func (h *host) awaitPhase(phase remoteconfig.Phase) {
	h.t.Helper()
	require.Eventually(h.t, func() bool { return h.state().State.Phase == phase }, patience, 20*time.Millisecond, "phase %s", phase)
}

// A collector that runs out of memory says so, and the next one tells.
func TestMemoryThatRunsOutGoesBack(t *testing.T) {
	h := newHost(t, "")
	h.start()
	good := h.apply(keeping(5))
	token := h.server.push(keeping(6) + "# eats memory\n")
	h.awaitPhase(remoteconfig.Trial)
	require.NoError(t, exec.Command("prlimit", "--pid", fmt.Sprint(h.pid()), "--as=1000000").Run())
	h.burden()
	why := h.server.awaitStatus(t, token, failed)
	require.Contains(t, why, "out of memory")
	h.awaitRuns(good)
	t.Log(why)
}

// burden has the collector hold more than the heap that it has.
func (h *host) burden() {
	client, large := &http.Client{Timeout: 5 * time.Second}, strings.Repeat("x", 12<<20)
	var sending sync.WaitGroup
	for range 8 {
		sending.Go(func() { post(client, "http://"+h.sink.inbound+"/v1/traces", large) })
	}
	sending.Wait()
}

// A client that never ends its request keeps the old service from going down.
func TestAShutdownThatHangsEndsInTheTrial(t *testing.T) {
	h := newHost(t, "")
	h.start()
	h.apply(keeping(5))
	conn, err := net.Dial("tcp", h.sink.inbound)
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 1000\r\n\r\nx"))
	require.NoError(t, err)
	begun, since := time.Now(), h.logged()
	h.apply(slower(5))
	down, up := h.down(since)
	require.True(t, up)
	require.Equal(t, 1, h.count("since a reload hangs"))
	t.Logf("applied %.1f s after the offer, without a service %.1f s", time.Since(begun).Seconds(), down.Seconds())
	require.Less(t, down, 30*time.Second)
}

// After random kills there is always something proven on the disk, and it runs.
func TestRandomKillsLeaveNoIllegalState(t *testing.T) {
	h := newHost(t, "")
	h.agentFile = strings.Replace(h.agentFile, "min_healthy_time: 2s", "min_healthy_time: 1s", 1)
	h.start()
	h.apply(keeping(5))
	random := rand.New(rand.NewPCG(1, 2))
	kills := 6
	if everything() {
		kills = 200
	}
	sources, longest := map[remoteconfig.Source]int{}, time.Duration(0)
	for i := range kills {
		content := keeping(5+random.IntN(20)) + fmt.Sprintf("# %d\n", i)
		if random.IntN(2) == 0 {
			content = slower(5+random.IntN(20)) + fmt.Sprintf("# %d\n", i)
		}
		h.server.push(content)
		time.Sleep(time.Duration(random.IntN(4000)) * time.Millisecond)
		h.kill()
		begun := time.Now()
		source := h.awaitLegal()
		sources[source]++
		longest = max(longest, time.Since(begun))
	}
	t.Logf("%d kills, 0 illegal states; ran then, by why: %v; longest time until a service was up %.1f s", kills, sources, longest.Seconds())
}

// awaitLegal waits for the next collector, and checks what is on the disk.
func (h *host) awaitLegal() remoteconfig.Source {
	h.t.Helper()
	var status pageStatus
	require.Eventually(h.t, func() (ok bool) {
		status, ok = h.status()
		return ok
	}, patience, 50*time.Millisecond)
	require.NotEqual(h.t, remoteconfig.SafeMode, status.Remote.Runs.Source)
	reading := h.state()
	require.Empty(h.t, reading.Problems)
	for _, hash := range []remoteconfig.Hash{reading.State.LastGood, reading.State.Confirmed, reading.State.Runs.Hash} {
		if hash != "" {
			h.file(string(hash))
		}
	}
	for _, block := range reading.State.Blocked {
		require.NotEqual(h.t, reading.State.LastGood, block.Hash)
	}
	return status.Remote.Runs.Source
}
