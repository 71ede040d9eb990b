package procread

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// accountant is a host whose processes come, use CPU time and go, and what a
// reader would tell Unattributed of it.
type accountant struct {
	Unattributed
	now   int64 // s
	host  Ticks
	all   []*Process
	shown int64 // ticks of all processes that were read, since the first scrape
	most  int64 // of what no process showed, at any scrape
}

// work lets a process, or the kernel if it is nil, use CPU time.
func (a *accountant) work(p *Process, user, system uint64) {
	a.host.User += user
	a.host.System += system
	if p != nil {
		p.Stat.User += user
		p.Stat.System += system
	}
}

func (a *accountant) spawn() *Process {
	p := &Process{Born: a.now * 1e9}
	a.all = append(a.all, p)
	return p
}

// scrape reads a host that may lag behind its processes, all of them, and
// returns what no process shows.
func (a *accountant) scrape(lag uint64) (found int64) {
	a.now++
	a.begin(Host{CPU: Ticks{a.host.User - min(lag, a.host.User), a.host.System}}, a.now*1e9)
	for _, p := range a.all {
		if p.scrape == 0 {
			a.meet(p)
		}
		p.scrape = 1
		before := p.counted
		a.shows(p)
		a.shown += int64(p.counted.User-before.User) + int64(p.counted.System-before.System)
	}
	a.settle()
	return int64(a.User + a.System)
}

func TestWhatLivedBetweenTwoScrapesIsUnattributed(t *testing.T) {
	a := &accountant{now: 1000}
	old := a.spawn()
	a.work(old, 500, 500)
	require.Zero(t, a.scrape(0), "what was before the first scrape is nobody's")
	a.work(old, 10, 0)
	a.work(a.spawn(), 7, 3)
	a.work(nil, 30, 4) // lived and died
	require.EqualValues(t, 34, a.scrape(0))
	require.Equal(t, Ticks{30, 4}, a.Ticks)
	a.work(old, 5, 1)
	a.all = a.all[1:] // it ended; its last part is seen by nobody
	require.EqualValues(t, 40, a.scrape(0))
	require.Equal(t, [2]int64{1001e9, 1003e9}, [2]int64{a.Since, a.At})
}

func TestADebtIsPaidBeforeMoreIsFound(t *testing.T) {
	a := &accountant{now: 1000}
	p := a.spawn()
	a.scrape(0)
	a.work(p, 50, 0)
	require.Zero(t, a.scrape(20), "the process is ahead of the host")
	a.work(nil, 5, 6)
	require.EqualValues(t, 11, a.scrape(0), "the host has caught up")
	a.host.System += 9
	p.Stat.User += 4 // what the kernel counts as the host's system time is the process's user time
	require.EqualValues(t, 16, a.scrape(0))
	require.Equal(t, Ticks{5, 11}, a.Ticks)
}

// A process that is older than the first scrape, and was not seen then, brings
// nothing of what it used before.
func TestAProcessThatShowsUpLateBeginsWithWhatItHas(t *testing.T) {
	a := &accountant{now: 1000}
	hidden := &Process{Born: 1e9, Stat: Stat{User: 900}}
	a.scrape(0)
	a.all = append(a.all, hidden)
	a.work(nil, 8, 0)
	require.EqualValues(t, 8, a.scrape(0))
	a.work(hidden, 7, 0)
	require.EqualValues(t, 8, a.scrape(0))
}

// What is found is what the host used and no process shows, at the most that
// ever was: neither of its two parts ever falls.
func TestUnattributedIsTheHostLessItsProcesses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := &accountant{now: 1000}
		ticks := rapid.Uint64Range(0, 50)
		a.work(a.spawn(), 100, 100)
		a.scrape(0)
		since := a.Unattributed.host
		for range rapid.IntRange(1, 20).Draw(t, "scrapes") {
			if rapid.Bool().Draw(t, "born") {
				a.spawn()
			}
			if len(a.all) > 0 && rapid.Bool().Draw(t, "ended") {
				a.all = a.all[1:]
			}
			for _, p := range append([]*Process{nil}, a.all...) {
				a.work(p, ticks.Draw(t, "user"), ticks.Draw(t, "system"))
			}
			before, lag := a.Ticks, ticks.Draw(t, "lag")
			found := a.scrape(min(lag, a.host.User-a.Unattributed.host.User))
			used := a.Unattributed.host
			a.most = max(a.most, int64(used.User+used.System)-int64(since.User+since.System)-a.shown)
			require.Equal(t, a.most, found)
			require.GreaterOrEqual(t, a.User, before.User)
			require.GreaterOrEqual(t, a.System, before.System)
		}
	})
}

// A counter of the host that falls began anew: nothing is known of that time.
func TestAHostThatBeginsAnew(t *testing.T) {
	a := &accountant{now: 1000}
	a.scrape(0)
	a.work(nil, 20, 10)
	require.EqualValues(t, 30, a.scrape(0))
	a.host = Ticks{5, 5}
	require.EqualValues(t, 30, a.scrape(0))
	a.work(nil, 1, 2)
	require.EqualValues(t, 33, a.scrape(0))
}
