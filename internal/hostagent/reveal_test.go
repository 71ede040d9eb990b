package hostagent

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func (h *host) mode() any {
	h.mu.Lock()
	defer h.mu.Unlock()
	return dig(h.config, "receivers", "processmetrics/phoenix", "selection", "topk", "mode")
}

func TestARevealEndsByItself(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		require.ErrorContains(t, h.agent.Reveal(time.Minute), "nothing to reveal")
		h.offer(keeping(5))
		pass(time.Second)
		require.ErrorContains(t, h.agent.Reveal(time.Minute), "on trial")
		pass(trialTime)
		require.NoError(t, h.agent.Reveal(time.Minute))
		require.Equal(t, "observe", h.mode())
		require.Contains(t, string(h.agent.Effective()), "mode: observe")
		require.FileExists(t, h.agent.revealFile())
		require.Equal(t, time.Now().Add(time.Minute), h.agent.Status().RevealUntil)
		pass(time.Minute)
		require.Nil(t, h.mode())
		require.NoFileExists(t, h.agent.revealFile())
		require.Zero(t, h.agent.Status().RevealUntil)
	})
}

func TestARevealCanBeEnded(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.offer(keeping(5))
		pass(trialTime)
		require.NoError(t, h.agent.Reveal(time.Hour))
		require.NoError(t, h.agent.Reveal(2*time.Hour), "it may be made longer")
		require.NoError(t, h.agent.Reveal(0))
		require.Nil(t, h.mode())
		require.Error(t, h.agent.Reveal(25*time.Hour))
		require.Error(t, h.agent.Reveal(-1))
	})
}

func TestANewerConfigurationEndsAReveal(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.offer(keeping(5))
		pass(trialTime)
		require.NoError(t, h.agent.Reveal(time.Hour))
		h.offer(keeping(6))
		pass(trialTime)
		require.Nil(t, h.mode())
		require.Equal(t, ranked(6), h.k())
		require.Zero(t, h.agent.Status().RevealUntil)
		require.Len(t, h.reloads, 1)
	})
}

func TestARestartEndsAReveal(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.offer(keeping(5))
		pass(trialTime)
		require.NoError(t, h.agent.Reveal(time.Hour))
		h.restart()
		require.Nil(t, h.mode())
		require.NoFileExists(t, h.agent.revealFile())
	})
}

func TestARevealThatCannotBeEndedIsReloaded(t *testing.T) {
	in(t, func(t *testing.T, h *host) {
		h.offer(keeping(5))
		pass(trialTime)
		require.NoError(t, h.agent.Reveal(time.Minute))
		h.refuse(errBusy)
		pass(2 * time.Minute)
		require.Nil(t, h.mode())
		require.Len(t, h.reloads, 2)
	})
}
