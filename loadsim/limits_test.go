package loadsim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
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
