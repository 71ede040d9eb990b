package loadsim_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// limits are wide.
var limits = loadsim.Limits{Processes: 1000, Memory: 1 << 40, CPU: 100, Duration: time.Hour, Births: 1000}

// planOf has births of processes with these lifetimes, one every step.
func planOf(d, step time.Duration, lifetimes ...time.Duration) loadsim.Plan {
	births := make([]loadsim.Birth, len(lifetimes))
	for i, l := range lifetimes {
		births[i] = loadsim.Birth{At: time.Duration(i) * step, Process: loadsim.Process{
			ID: uint32(i + 1), Path: fmt.Sprintf("bin/p-%d", i), Lifetime: l, Load: loadsim.Load{{CPU: 0.5}},
		}}
	}
	return loadsim.Plan{Profile: "test", Duration: d, Births: slices.Values(births)}
}

// simulate runs a plan in a time of its own.
func simulate(t *testing.T, f func() *fake, s loadsim.Settings, check func(*testing.T, *fake, *journal, loadsim.Summary, error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		spawner, seen := f(), &journal{}
		s.Spawner, s.Observers = spawner, []loadsim.Observer{seen}
		sum, err := loadsim.Run(t.Context(), s)
		check(t, spawner, seen, sum, err)
	})
}

func TestEveryBirthHasItsTimeAndItsEnd(t *testing.T) {
	p := planOf(10*time.Second, 2*time.Second, 3*time.Second, 0, time.Second)
	simulate(t, newFake, loadsim.Settings{Plan: p, Limits: limits}, func(t *testing.T, f *fake, j *journal, sum loadsim.Summary, err error) {
		require.NoError(t, err)
		require.Len(t, j.born, 3)
		require.Len(t, j.exited, 3)
		for i, l := range j.born {
			require.Equal(t, time.Duration(i)*2*time.Second, l.Born.Sub(j.born[0].Born))
		}
		lives := map[uint32]time.Duration{}
		for _, l := range j.exited {
			lives[l.Process.ID] = l.Ended.Sub(l.Born)
			require.Equal(t, lives[l.Process.ID]/2, l.Asked)
		}
		require.Equal(t, map[uint32]time.Duration{1: 3 * time.Second, 2: 8 * time.Second, 3: time.Second}, lives)
		require.Equal(t, loadsim.Comparison{Asked: 3, Achieved: 3}, sum.Processes)
		require.InDelta(t, 6, sum.CPU.Asked, 1e-9)
		require.Equal(t, sum.CPU.Asked, sum.CPU.Achieved)
		require.Equal(t, 10*time.Second, sum.Took)
		require.Equal(t, 3-1, sum.Peak)
		require.False(t, sum.Interrupted)
		require.GreaterOrEqual(t, len(j.progress), 9)
		require.Equal(t, 2, j.progress[2].Active+j.progress[2].Exited, "after three seconds")
	})
}

func TestAnInterruptedRunEndsEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		f, j := newFake(), &journal{}
		sum, err := loadsim.Run(ctx, loadsim.Settings{
			Plan: planOf(time.Minute, 2*time.Second, 0, 0, 0, 0), Limits: limits, Spawner: f, Observers: []loadsim.Observer{j},
		})
		require.NoError(t, err)
		require.True(t, sum.Interrupted)
		require.Len(t, j.exited, 3, "the fourth was due later")
		require.Equal(t, loadsim.Comparison{Asked: 3, Achieved: 3}, sum.Processes)
		require.Empty(t, f.alive)
	})
}

func TestAFailureThatPassesIsTriedAgain(t *testing.T) {
	f := func() *fake {
		f := newFake()
		f.refuse = func(p loadsim.Process, attempt int) error {
			switch {
			case p.ID == 1 && attempt < 3:
				return fmt.Errorf("fork: %w", syscall.EAGAIN)
			case p.ID == 2:
				return fmt.Errorf("exec: %w", syscall.ENOENT)
			case p.ID == 3:
				return fmt.Errorf("fork: %w", syscall.ENOMEM)
			}
			return nil
		}
		return f
	}
	p := planOf(time.Minute, time.Second, 0, 0, 0, 0)
	simulate(t, f, loadsim.Settings{Plan: p, Limits: limits}, func(t *testing.T, f *fake, j *journal, sum loadsim.Summary, err error) {
		require.NoError(t, err)
		require.Equal(t, map[uint32]int{1: 3, 2: 1, 3: 6, 4: 1}, f.attempts)
		require.Equal(t, 2+1+6, sum.Failed)
		require.Equal(t, 2+5, sum.Retried)
		require.Len(t, j.failed, sum.Failed)
		require.Equal(t, loadsim.Comparison{Asked: 4, Achieved: 2}, sum.Processes)
	})
}

func TestAfterAStallBirthsComeNoFasterThanAllowed(t *testing.T) {
	lifetimes := make([]time.Duration, 300)
	for i := range lifetimes {
		lifetimes[i] = time.Second
	}
	p := planOf(20*time.Second, 10*time.Millisecond, lifetimes...)
	l := limits
	l.Births = 200
	stalls := func() *fake {
		f := newFake()
		f.stall = func(p loadsim.Process) time.Duration {
			if p.ID == 50 {
				return 2 * time.Second
			}
			return 0
		}
		return f
	}
	simulate(t, stalls, loadsim.Settings{Plan: p, Limits: l}, func(t *testing.T, f *fake, _ *journal, sum loadsim.Summary, err error) {
		require.NoError(t, err)
		require.Equal(t, loadsim.Comparison{Asked: 300, Achieved: 300}, sum.Processes)
		require.InDelta(t, 2, sum.Late.Seconds(), 0.1)
		for i := range f.times {
			n := 0
			for _, at := range f.times[i:] {
				if at.Sub(f.times[i]) < 100*time.Millisecond {
					n++
				}
			}
			require.LessOrEqual(t, n, 20+10+1, "in a tenth of a second from birth %d", i)
		}
	})
}

func TestMoreThanTheLimitNeverLive(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		lifetimes := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) time.Duration {
			return time.Duration(rapid.IntRange(1, 2000).Draw(r, "milliseconds")) * time.Millisecond
		}), 1, 60).Draw(r, "lifetimes")
		p := planOf(5*time.Second, 20*time.Millisecond, lifetimes...)
		l := limits
		l.Processes = p.Figures().Peak
		slow := time.Duration(rapid.IntRange(0, 30).Draw(r, "slow")) * time.Millisecond
		f := func() *fake {
			f := newFake()
			f.stall = func(loadsim.Process) time.Duration { return slow }
			return f
		}
		simulate(t, f, loadsim.Settings{Plan: p, Limits: l}, func(t *testing.T, f *fake, j *journal, sum loadsim.Summary, err error) {
			if err != nil || f.peak > l.Processes || len(j.born) != len(j.exited) || sum.Peak != f.peak {
				r.Fatalf("error %v, %d at once where %d are allowed, %d born, %d ended", err, f.peak, l.Processes, len(j.born), len(j.exited))
			}
		})
	})
}

func TestARunThatDoesNotFitMakesNothing(t *testing.T) {
	p := planOf(10*time.Second, 0, 0, 0, 0)
	l := loadsim.Limits{Processes: 2, Memory: 1 << 20, CPU: 1, Duration: time.Second, Births: 1000}
	l.Memory = 100
	simulate(t, newFake, loadsim.Settings{Plan: p, Limits: l}, func(t *testing.T, f *fake, _ *journal, _ loadsim.Summary, err error) {
		require.EqualError(t, err, `the plan does not fit its limits; ask for less, or raise them as far as this machine goes:
duration: 10s; the limit is 1s
processes: the plan has 3 at once; the limit is 2
memory: the plan takes 768 KiB; the limit is 100 B
CPU: the plan asks for 1.5 cores at once; the limit is 1`)
		require.Empty(t, f.attempts)
		require.True(t, f.closed)
	})
}

func TestASpawnerThatCannotGoOnEndsTheRun(t *testing.T) {
	broken := errors.New("the zygote is gone")
	synctest.Test(t, func(t *testing.T) {
		f := &failing{fake: newFake(), err: broken}
		_, err := loadsim.Run(t.Context(), loadsim.Settings{Plan: planOf(time.Minute, 0, 0), Limits: limits, Spawner: f})
		require.ErrorIs(t, err, broken)
		require.ErrorContains(t, err, "make process 1 (bin/p-0)")
		require.True(t, f.closed)
	})
}

// failing is a spawner that cannot go on.
type failing struct {
	*fake
	err error
}

func (f *failing) Spawn(context.Context, loadsim.Process) error { return f.err }

func TestTheProgressKnowsWhatTheLivingUsed(t *testing.T) {
	begun := time.Time{}
	s := loadsim.Settings{Plan: planOf(10*time.Second, 0, 0), Limits: limits, CPUTime: func(int) (time.Duration, error) {
		if begun.IsZero() {
			begun = time.Now().Add(-time.Second)
		}
		return time.Since(begun) / 4, nil
	}}
	simulate(t, newFake, s, func(t *testing.T, _ *fake, j *journal, _ loadsim.Summary, err error) {
		require.NoError(t, err)
		for _, p := range j.progress {
			require.InDelta(t, 0.25, p.CPUAchieved, 1e-6)
			require.Equal(t, 0.5, p.CPUAsked)
		}
	})
}
