//go:build linux

package remote

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// A server that offers a thousand configurations in ten seconds has the last
// one, and few reloads.
func TestAFloodOfOffersEndsWithTheLast(t *testing.T) {
	h := newHost(t, "")
	h.start()
	h.apply(keeping(5))
	pid, before, since := h.pid(), h.count("reloads, to run"), h.logged()
	var last string
	const offers = 1000
	begun := time.Now()
	for i := range offers {
		content := keeping(1 + i%20)
		if i%2 == 0 {
			content = slower(1 + i%20)
		}
		last = h.server.push(content + fmt.Sprintf("# %d\n", i))
		time.Sleep(max(0, time.Duration(i)*10*time.Millisecond-time.Since(begun)))
	}
	took := time.Since(begun)
	h.server.awaitStatus(t, last, applied)
	h.awaitRuns(last)
	require.Equal(t, pid, h.pid())
	reloads := h.count("reloads, to run") - before
	down, up := h.down(since)
	require.True(t, up)
	t.Logf("%d offers in %.1f s: the last one applied after %.1f s, %d reloads, longest without a service %.1f s",
		offers, took.Seconds(), time.Since(begun).Seconds(), reloads, down.Seconds())
	require.Less(t, reloads, 10)
}

// The same configuration again changes nothing; the server knows how it is.
func TestTheSameOfferAThousandTimes(t *testing.T) {
	h := newHost(t, "")
	h.start()
	good := h.apply(keeping(5))
	h.unmoved(good, 1000)
	h.server.awaitStatus(t, good, applied)
	require.Len(t, h.state().Attempts, 1, "an offer of what runs is no attempt")
}

// What failed is not tried again, however often it comes.
func TestABlockedOfferIsNotTriedAgain(t *testing.T) {
	h, a := newFaultyHost(t)
	h.start()
	good := h.apply(keeping(5))
	bad := unstartable(a)[0]
	h.goesBack(good, bad)
	attempts := len(h.state().Attempts)
	h.unmoved(good, 20)
	why := h.server.awaitStatus(t, string(remoteconfig.Sum([]byte(bad.config))), failed)
	require.True(t, strings.HasPrefix(why, string(remoteconfig.FailedToStart)), why)
	require.Len(t, h.state().Attempts, attempts)
}

// unmoved repeats the latest offer, and sees that the same goes on.
func (h *host) unmoved(runs string, times int) {
	h.t.Helper()
	pid, reloads := h.pid(), h.count("reloads, to run")
	for range times {
		h.server.repeat()
	}
	time.Sleep(2 * time.Second) // for what would be done
	h.awaitRuns(runs)
	require.Equal(h.t, pid, h.pid())
	require.Equal(h.t, reloads, h.count("reloads, to run"))
}

// Without its server a host runs what it ran.
func TestAServerThatIsGoneAtBoot(t *testing.T) {
	h := newHost(t, "")
	h.start()
	good := h.apply(keeping(5))
	h.stop()
	h.agentFile = strings.Replace(h.agentFile, h.server.endpoint, "ws://"+free(t)+"/v1/opamp", 1)
	h.start()
	h.awaitRuns(good)
	begun := time.Now()
	require.Eventually(t, func() bool { return len(h.sink.of("phoenix", begun)) > 0 }, patience, 100*time.Millisecond, "nothing is sent")
}
