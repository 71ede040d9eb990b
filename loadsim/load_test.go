package loadsim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
)

func TestWhatALoadUses(t *testing.T) {
	spiky := loadsim.Load{{For: 3 * time.Second, CPU: 0.1}, {For: time.Second, CPU: 0.9, Memory: 7}}
	for name, c := range map[string]struct {
		load  loadsim.Load
		life  time.Duration
		used  time.Duration
		cores float64
	}{
		"nothing":            {nil, time.Hour, 0, 0},
		"steady":             {loadsim.Load{{CPU: 0.25}}, 8 * time.Second, 2 * time.Second, 0.25},
		"part of a step":     {spiky, 2 * time.Second, 200 * time.Millisecond, 0.3},
		"part of the second": {spiky, 3500 * time.Millisecond, 750 * time.Millisecond, 0.3},
		"rounds":             {spiky, 9 * time.Second, 2500 * time.Millisecond, 0.3},
	} {
		t.Run(name, func(t *testing.T) {
			require.InDelta(t, c.used.Seconds(), c.load.CPUTime(c.life).Seconds(), 1e-6)
			require.InDelta(t, c.cores, c.load.CPU(), 1e-9)
			require.InDelta(t, c.cores/2, c.load.Scale(0.5).CPU(), 1e-9)
		})
	}
	require.Equal(t, int64(7), spiky.PeakMemory())
}

func TestCommIsCutAsTheKernelDoes(t *testing.T) {
	require.Equal(t, "nginx", loadsim.Comm("usr/sbin/nginx"))
	require.Equal(t, "a-name-of-more-", loadsim.Comm("a-name-of-more-than-15"))
}

func TestFiguresCountWhoLivesTogether(t *testing.T) {
	child := loadsim.Process{Lifetime: time.Second, Load: loadsim.Load{{CPU: 0.5, Memory: 1 << 20}}}
	births := []loadsim.Birth{
		{Process: loadsim.Process{Critical: true, Children: []loadsim.Process{child, child}}},
		{At: 2 * time.Second, Process: child},
		{At: 9500 * time.Millisecond, Process: child},
	}
	p := loadsim.Plan{Duration: 10 * time.Second, Births: func(yield func(loadsim.Birth) bool) {
		for _, b := range births {
			if !yield(b) {
				return
			}
		}
	}}
	f := p.Figures()
	require.Equal(t, 5, f.Processes)
	require.Equal(t, 3, f.Peak)
	require.Equal(t, 1, f.Critical)
	require.InDelta(t, 0.2, f.BirthRate, 1e-9)
	require.InDelta(t, 1, f.CPU, 1e-9)
	require.Equal(t, 1750*time.Millisecond, f.CPUTime, "the last is cut off by the end")
	require.Equal(t, int64(2<<20+3*256<<10), f.Memory)
	require.InDelta(t, 0.5, p.Scale(0.5).Figures().CPU, 1e-9)
}
