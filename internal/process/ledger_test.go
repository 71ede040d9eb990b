package process

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestIdentitiesHaveAnOrder(t *testing.T) {
	ids := []ID{{1, 5}, {1, 9}, {2, 0}, {2, 5}}
	for i, a := range ids {
		for j, b := range ids {
			require.Equal(t, i < j, a.Less(b), "%v before %v", a, b)
		}
	}
}

func TestElapsedTime(t *testing.T) {
	a := newAccount()
	a.Begin()
	_, elapsed := a.See(sight(1, 4, 10, 1))
	require.Equal(t, 6*second, elapsed, "since it was created")
	_, elapsed = a.See(sight(2, 0, 10, 1))
	require.Zero(t, elapsed, "of unknown age")
	_, elapsed = a.See(sight(3, 11, 10, 1))
	require.Zero(t, elapsed, "created in the future")
	a.Finish()
	a.Begin()
	_, elapsed = a.See(sight(1, 4, 25, 1))
	require.Equal(t, 15*second, elapsed, "since its previous sample")
	_, elapsed = a.See(sight(2, 0, 9, 1))
	require.Zero(t, elapsed, "not before its previous sample")
}

// A scrape's processes are read one after the other, each at a time of its own.
func TestTimesOfScrapes(t *testing.T) {
	a := newAccount()
	require.False(t, a.Opened())
	a.Begin()
	require.True(t, a.Opened())
	for pid, at := range []int64{12, 10, 14, 11} {
		a.meet(int32(pid+1), 1, at)
	}
	require.Equal(t, 14*second, a.Now())
	require.Zero(t, a.Time())
	a.Finish()
	require.Equal(t, 14*second, a.Time())
	require.Equal(t, 14*second, a.Started())
	require.Zero(t, a.Previous())

	a.Begin()
	require.True(t, a.meet(5, 8, 24).Born(), "two seconds before the earliest sample")
	require.False(t, a.meet(6, 7, 24).Born())
	a.Finish()
	require.Equal(t, 24*second, a.Time())
	require.Equal(t, 14*second, a.Previous())
	require.Equal(t, 14*second, a.Started())
}

func TestVerdictsLastWhileAttributesDo(t *testing.T) {
	a := newAccount()
	a.Begin()
	p := a.meet(1, 1, 10)
	require.Zero(t, p.Verdict)
	p.Verdict = 7
	a.Finish()
	a.Begin()
	require.Equal(t, int16(7), a.meet(1, 1, 20).Verdict)
	a.Finish()
	a.Begin()
	p, _ = a.See(sight(1, 1, 30, 2)) // exec
	require.False(t, p.New())
	require.Zero(t, p.Verdict)
}

func TestAPIDIsOnceInAScrape(t *testing.T) {
	a := newAccount()
	a.Begin()
	a.meet(1, 1, 10)
	for _, begun := range []int64{1, 5} { // by another creation time too
		p, _ := a.See(sight(1, begun, 10, 1))
		require.Nil(t, p)
	}
	require.Equal(t, Faults{Duplicates: 2}, a.Faults)
	a.Finish()
	a.Begin()
	require.Zero(t, a.Faults)
}

func TestProcessesAreForgottenAfterThreeMissedScrapes(t *testing.T) {
	a := newAccount()
	a.scrape(1, 1, 10, 5, 0)
	p := a.At(0)
	for missed := 1; missed <= ForgetAfter; missed++ {
		require.Equal(t, 1, a.Len())
		a.Begin()
		require.True(t, a.Absent(p))
		a.Finish()
	}
	require.Zero(t, a.Len())
	require.Zero(t, a.budget.Used())
	a.Processes(func(*Process) { t.Error("one is remembered") })
}

// An eviction makes room for one that is seen; it does not keep those that are
// missing.
func TestMissingProcessesAreForgottenWhileOthersAreEvicted(t *testing.T) {
	a := newAccount()
	a.Begin()
	a.meet(1, 1, 10) // not seen again
	a.meet(2, 1, 10)
	a.Finish()
	for i := range int32(ForgetAfter) {
		a.Begin()
		a.Forget(a.meet(i+2, 1, int64(10*i+20)))
		a.meet(i+3, 1, int64(10*i+20))
		a.Finish()
	}
	require.Equal(t, 1, a.Len())
}

func TestIndexesAreReused(t *testing.T) {
	a := newAccount()
	a.Begin()
	for pid := range int32(3) {
		require.Equal(t, int(pid), a.meet(pid+1, 1, 10).Index())
	}
	a.Forget(a.At(1))
	a.Forget(a.At(1)) // a second time has no effect
	require.Equal(t, 2, a.Len())
	require.Equal(t, 3, a.meet(4, 1, 10).Index(), "in this scrape the process is still valid")
	a.Finish()
	a.Begin()
	p := a.meet(5, 1, 20)
	require.Equal(t, 1, p.Index())
	require.Same(t, p, a.At(1))
	require.True(t, p.New())
	require.False(t, kept(p))
	require.Zero(t, p.Verdict)
	delta, ok := a.AddInt(p, a.ints, 100)
	require.True(t, ok)
	require.Zero(t, delta, "nothing is left of the one before")
}

func TestAForgottenProcessComesBackAsANewOne(t *testing.T) {
	a := newAccount()
	a.Begin()
	a.Forget(a.meet(1, 1, 10))
	a.meet(2, 1, 10)
	a.Finish()
	a.Begin()
	require.True(t, a.meet(1, 1, 20).New())
	require.False(t, a.meet(2, 1, 20).New())
	require.Equal(t, 2, a.Len())
}

func TestLedgersShareABudget(t *testing.T) {
	set, budget := NewSet(), &Budget{Max: 3}
	a, b := NewLedger(set, budget), NewLedger(set, budget)
	for _, l := range []*Ledger{a, b} {
		l.Begin()
		for pid := range int32(2) {
			l.See(sight(pid+1, 1, 10, 1))
		}
	}
	require.Equal(t, 3, budget.Used())
	require.Zero(t, a.Faults.Overflow)
	require.Equal(t, 1, b.Faults.Overflow)
	b.Finish()

	a.Forget(a.At(0))
	b.Begin()
	p, _ := b.See(sight(2, 1, 20, 1))
	require.NotNil(t, p, "there is room at once")
	require.Zero(t, b.Faults)
	require.Equal(t, 3, budget.Used())
	b.Close()
	require.Equal(t, 1, budget.Used())
	a.Close()
	require.Zero(t, budget.Used())
}

// What is not remembered still tells when the scrape was.
func TestAnOverflowHasATime(t *testing.T) {
	a := newAccount()
	a.budget.Max = 0
	a.Begin()
	p, _ := a.See(sight(1, 1, 10, 1))
	require.Nil(t, p)
	a.Finish()
	require.Equal(t, 10*second, a.Time())
}

// A PID that comes twice is one process, remembered or not.
func TestADuplicateBeyondTheBudgetIsOne(t *testing.T) {
	a := newAccount()
	a.budget.Max = 0
	for scrape := range int64(2) {
		a.Begin()
		for range 2 {
			p, _ := a.See(sight(1, 1, 10+10*scrape, 1))
			require.Nil(t, p)
		}
		require.Equal(t, Faults{Overflow: 1, Duplicates: 1}, a.Faults)
		a.Finish()
	}
}

func TestScrapesInPieces(t *testing.T) {
	for name, c := range map[string]struct {
		pieces [][]int32
		want   bool
	}{
		"whole":                    {[][]int32{{1, 2, 3, 4}, {1, 2, 3, 4}}, false},
		"one after the other":      {[][]int32{{1, 2}, {3, 4}}, true},
		"and again":                {[][]int32{{1, 2}, {3, 4}, {1, 2}}, true},
		"half of them are back":    {[][]int32{{1, 2, 3}, {1, 2}, {2, 3}}, false},
		"a single process is none": {[][]int32{{1}, {2}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount()
			for i, pids := range c.pieces {
				a.Begin()
				for _, pid := range pids {
					a.meet(pid, 1, int64(10*i+10))
				}
				if i == len(c.pieces)-1 {
					require.Equal(t, c.want, a.InPieces())
				}
				a.Finish()
			}
		})
	}
}

// A scrape may list the processes in any order, with gaps and newcomers.
func TestTheOrderOfProcessesIsOfNoAccount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := newAccount()
		want := map[int32]*Process{}
		missed := map[int32]int{}
		for i := range rapid.IntRange(2, 8).Draw(t, "scrapes") {
			pids := rapid.SliceOfNDistinct(rapid.Int32Range(1, 60), 0, 60, rapid.ID).Draw(t, "pids")
			if rapid.Bool().Draw(t, "sorted") {
				slices.Sort(pids)
			}
			a.Begin()
			for _, pid := range pids {
				p := a.meet(pid, 1, int64(10*i+10))
				require.Equal(t, want[pid] == nil, p.New())
				if want[pid] != nil {
					require.Same(t, want[pid], p)
				}
				require.Equal(t, pid, p.ID().PID)
				want[pid], missed[pid] = p, -1
			}
			a.Finish()
			for pid := range want {
				if missed[pid]++; missed[pid] == ForgetAfter {
					delete(want, pid)
				}
			}
			require.Equal(t, len(want), a.Len())
		}
	})
}

// Nothing is allocated for a process and a counter met before, kept or not.
func TestAKnownProcessDoesNotAllocate(t *testing.T) {
	const processes = 500
	a := newAccount()
	level := a.slot(Series{Kind: Level, Float: true})
	visit := func(i int, at int64) {
		p := a.meet(int32(i+1), 1, at)
		a.AddInt(p, a.ints, at)
		a.AddFloat(p, a.doubles, float64(at))
		a.LevelFloat(level, 1)
		if i%2 == 0 {
			a.Release(p)
			return
		}
		a.Keep(p, 7)
		a.Emit(p, a.ints, at)
		a.Emit(p, a.doubles, at)
		a.KeepFloat(level, 1)
	}
	for at := int64(10); at <= 20; at += 10 {
		a.Begin()
		for i := range processes {
			visit(i, at)
		}
		a.Finish()
	}
	a.Begin()
	next := 0
	got := testing.AllocsPerRun(processes-1, func() { visit(next, 30); next++ })
	require.Zero(t, got)
	require.Equal(t, processes, next)
	a.Finish()
	require.Equal(t, int64(processes/2*20), a.other()[0])
}

// A process without a timestamp says nothing about when the scrape was.
func TestNobodyIsBornByAMissingTimestamp(t *testing.T) {
	a := newAccount()
	for _, at := range []int64{10, 20} {
		a.Begin()
		a.meet(1, 1, at)
		a.meet(2, 1, 0)
		a.meet(3, 1, at)
		a.Finish()
		require.Equal(t, at*second, a.Time())
	}
	a.Begin()
	p := a.meet(4, 5, 30)
	require.False(t, p.Born(), "older than the scrape before")
	delta, ok := a.AddInt(p, a.ints, 777)
	require.True(t, ok)
	require.Zero(t, delta)
	require.True(t, a.meet(5, 18, 30).Born())
}
