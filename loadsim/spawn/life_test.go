//go:build linux

package spawn

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
)

func TestALifeIsToldWithWhatItUsed(t *testing.T) {
	r := start(t, Settings{})
	before := time.Now()
	p := named(1, "worker")
	p.Lifetime = 600 * time.Millisecond
	p.Load = loadsim.Load{{CPU: 0.1}}
	r.spawn(p)
	born, exited := r.born(1), r.exited(1)
	require.Equal(t, r.PID(), born.Parent)
	require.Equal(t, born.PID, exited.PID)
	require.WithinRange(t, born.At, before, exited.At)
	require.Zero(t, exited.Status)
	require.NoError(t, exited.Err)
	require.GreaterOrEqual(t, exited.At.Sub(born.At), 500*time.Millisecond)
	used := exited.Used.User + exited.Used.System
	require.Greater(t, used, 10*time.Millisecond)
	require.Less(t, used, 200*time.Millisecond)
	require.NoError(t, r.Close())
	require.NoDirExists(t, r.Dir())
}

func TestALifeCanBeLongerThanTheClockCounts(t *testing.T) {
	r := start(t, Settings{})
	p := named(1, "worker")
	p.Lifetime = 2562047 * time.Hour // in nanoseconds nearly all that 63 bits hold
	r.spawn(p)
	r.born(1)
	require.NoError(t, r.Stop(1))
	require.Equal(t, -int(syscall.SIGTERM), r.exited(1).Status, "it lived until it was stopped")
}
