package loadsim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/profile"
)

// endless has a birth a nanosecond, for ever.
func endless(d time.Duration) loadsim.Plan {
	return loadsim.Plan{Duration: d, Births: func(yield func(loadsim.Birth) bool) {
		for at := time.Duration(0); yield(loadsim.Birth{At: at, Process: loadsim.Process{Lifetime: 1, Load: loadsim.Load{{CPU: 1}}}}); at++ {
		}
	}}
}

func TestAPlanWithoutEndIsRefused(t *testing.T) {
	l := loadsim.Limits{Processes: 10, Memory: 1 << 30, CPU: 0.5, Duration: time.Minute, Births: 2}
	require.ErrorContains(t, l.Check(endless(time.Minute)), "births: the plan has more than 130 in all; at most 10 at once and 2 a second are allowed")
	require.ErrorContains(t, l.Check(endless(1e6*time.Hour)), "duration: 1000000h0m0s; the limit is 1m0s")
	for b := range l.FitCPU(endless(time.Minute)).Births {
		require.InDelta(t, 0.5, b.Process.Load.CPU(), 1e-9)
		break
	}
}

func TestLimitsFallWithTheRoom(t *testing.T) {
	l := loadsim.Limits{Processes: 10, Memory: 1 << 30, CPU: 2, Duration: time.Minute, Births: 2}
	require.Equal(t, l, l.AtMost(loadsim.Room{Processes: 11, Memory: 1 << 31, CPU: 3}))
	less := l
	less.Processes, less.Memory, less.CPU = 9, 1<<20, 1
	require.Equal(t, less, l.AtMost(loadsim.Room{Processes: 9, Memory: 1 << 20, CPU: 1}))
}

// Every pattern that has a rate rounds up on its own, so that what is as much as
// allowed is a little more.
func TestAPlanByTheRateThatIsAllowedIsNotRefused(t *testing.T) {
	room := loadsim.Room{Processes: 5000, Memory: 8 << 30, CPU: 8}
	l := loadsim.DefaultLimits(room)
	for _, duration := range []time.Duration{time.Second, 1003 * time.Millisecond, 7 * time.Second} {
		for seed := range uint64(5) {
			plan, err := profile.New(profile.Parameters{Profile: "process-churn", ChurnRate: float64(l.Births), Duration: duration, Seed: seed})
			require.NoError(t, err)
			require.NoError(t, l.Check(l.FitCPU(plan)), "%s, seed %d", duration, seed)
		}
	}
}

// Beyond what rounding can add, more than allowed is refused.
func TestMoreBirthsThanAllowedAreRefused(t *testing.T) {
	l := loadsim.Limits{Processes: 5000, Memory: 1 << 40, CPU: 100, Duration: time.Minute, Births: 10}
	plan := func(n int) loadsim.Plan {
		return loadsim.Plan{Duration: 10 * time.Second, Births: func(yield func(loadsim.Birth) bool) {
			for at := range n {
				if !yield(loadsim.Birth{At: time.Duration(at+1) * time.Millisecond, Process: loadsim.Process{Lifetime: 1}}) {
					return
				}
			}
		}}
	}
	require.NoError(t, l.Check(plan(100)))
	require.ErrorContains(t, l.Check(plan(117)), "births: the plan has 117 after the first moment; at 10 a second 100 are allowed in 10s")
}
