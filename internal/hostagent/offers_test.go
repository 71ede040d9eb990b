package hostagent

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

func TestOfManyOffersTheNewestIsApplied(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		var hashes []remoteconfig.Hash
		for i := range 1000 {
			content := keeping(i + 1)
			if i%2 == 1 {
				content = append(other(), byte('\n'))
				content = append(content, "# "+time.Duration(i).String()...)
			}
			hashes = append(hashes, h.offer(content))
			time.Sleep(10 * time.Millisecond)
		}
		pass(2 * trialTime)
		for i, hash := range hashes[:999] {
			require.NotEmpty(t, h.told(hash), "offer %d", i)
		}
		require.Equal(t, "APPLIED", h.told(hashes[999]))
		for i := 1; i < len(h.reloads); i++ {
			require.GreaterOrEqual(t, h.reloads[i].Sub(h.reloads[i-1]), spacing)
		}
	})
}

func TestTheSameOfferIsAppliedOnce(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		for range 1000 {
			h.offer(keeping(5))
		}
		pass(trialTime)
		for range 1000 {
			h.offer(keeping(5))
		}
		pass(trialTime)
		require.Equal(t, "APPLIED", h.told(remoteconfig.Sum(keeping(5))))
		require.Len(t, h.reloads, 1)
		require.Equal(t, 2, h.checks, "one at the start, one for the offer")
	})
}

func TestAnOfferThatGoesBackEndsTheTrial(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		good := h.offer(keeping(5))
		pass(trialTime)
		bad := h.offer(other())
		pass(6 * time.Second)
		h.agent.Offer(Offer{Content: keeping(5), Rollback: true})
		pass(trialTime)
		require.Equal(t, "FAILED cancelled", h.told(bad))
		require.Equal(t, "APPLIED", h.told(good))
		require.Equal(t, ranked(5), h.k())
		require.Empty(t, h.agent.Status().Blocked)
	})
}

func TestAStaleOfferIsRefused(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.agent.Offer(Offer{Content: keeping(5), Generation: 7})
		pass(trialTime)
		h.agent.Offer(Offer{Content: keeping(6), Generation: 6})
		pass(time.Second)
		require.Equal(t, "FAILED stale", h.told(remoteconfig.Sum(keeping(6))))
		require.EqualValues(t, 7, h.agent.Status().Generation)
	})
}

func TestWhatNoChildTakesIsInvalid(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.invalid["half_life:20s"] = true
		bad := h.offer(other())
		pass(time.Second)
		require.Equal(t, "FAILED invalid", h.told(bad))
		require.Empty(t, h.reloads)
	})
}

func TestWithoutAStateOffersFail(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		require.NoError(t, h.agent.life.Close())
		offered := h.offer(keeping(5))
		pass(time.Second)
		require.Equal(t, "FAILED storage", h.told(offered))
		require.Empty(t, h.reloads)
	})
}
