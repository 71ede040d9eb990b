//go:build linux

package simulation_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/simulation"
)

// TestLimitsMayBeMoreThanIsLeft is about limits that were chosen when there was
// more room than when the plan is carried out: the plan has to fit, they need not.
func TestLimitsMayBeMoreThanIsLeft(t *testing.T) {
	s := settings(t, planOf(named(0, "usr/bin/one")))
	s.Limits.Memory = math.MaxInt64
	require.NoError(t, s.Check())
	b := named(0, "usr/bin/one")
	b.Process.Load = loadsim.Load{{Memory: 1 << 50}}
	s.Plan = planOf(b)
	require.ErrorContains(t, s.Check(), "memory: the plan takes 1024 TiB; the limit is ")
	require.ErrorContains(t, simulation.Settings{Plan: s.Plan, Limits: loadsim.Limits{Duration: time.Minute}}.Check(), "limit of births: 0 a second")
}
