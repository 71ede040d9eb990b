//go:build linux

package remote

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// One life: the owner's files alone, a first remote configuration, one that is
// live, one that is not, and none again.
func TestOneLife(t *testing.T) {
	h := newHost(t, "")
	h.start()
	h.server.await(t, "the owner's configuration", func() bool { return h.server.health.GetHealthy() })

	h.apply(keeping(5))
	pid := h.pid()
	require.Equal(t, remoteconfig.Probation, h.state().State.Phase)
	h.server.await(t, "the configuration to be reported", func() bool { return contains(h.server.config, "k: 5") })

	h.apply(keeping(7))
	h.server.await(t, "the configuration to be reported", func() bool { return contains(h.server.config, "k: 7") })
	require.Equal(t, 1, h.count("reloads, to run"), "a change of k is live")

	h.apply(keeping(7) + "# the same in other words\n")
	require.Equal(t, 1, h.count("reloads, to run"))

	h.apply(slower(7))
	require.Equal(t, 2, h.count("reloads, to run"))

	h.apply("")
	h.server.await(t, "the configuration to be reported", func() bool { return !contains(h.server.config, "topk/phoenix") })
	require.Equal(t, pid, h.pid())
	status, ok := h.status()
	require.True(t, ok)
	require.Equal(t, remoteconfig.Probation, status.Remote.Phase)
}
