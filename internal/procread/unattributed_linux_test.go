package procread

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// burners is a shell that makes one short-lived process after the other and
// waits for each.
const burners = `while :; do sh -c 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done'; done`

// books sum what processes show from the first scrape on, apart from the
// Reader.
type books struct {
	last  map[int32]Process
	shown float64 // s
}

func (b *books) enter(all map[int32]Process) {
	first := b.last == nil
	for pid, p := range all {
		before, known := b.last[pid]
		switch {
		case known && before.Stat.Start == p.Stat.Start:
			b.shown += total(p.ticks()) - total(before.ticks())
		case !first:
			b.shown += total(p.ticks())
		}
	}
	b.last = all
}

func total(t Ticks) float64 { return float64(t.User+t.System) / TicksPerSecond }

// Processes that live for less than the time between two scrapes show in the
// host's time, in Unattributed, and in what their parent waited for.
func TestShortLivedProcessesAreUnattributed(t *testing.T) {
	r := open(t, "/", Settings{})
	shell := int32(start(t, "sh", "-c", burners).Process.Pid)
	b := new(books)
	all, _ := scrape(t, r)
	b.enter(all)
	before, waited := total(r.Host().CPU), total(all[shell].Stat.Children)
	for range 6 {
		time.Sleep(500 * time.Millisecond)
		all, _ = scrape(t, r)
		b.enter(all)
	}
	used, rest := total(r.Host().CPU)-before, total(r.Unattributed().Ticks)
	waited = total(all[shell].Stat.Children) - waited
	t.Logf("of %.2f s of CPU time processes show %.2f, %.2f is unattributed; the shell waited for %.2f", used, b.shown, rest, waited)
	require.Greater(t, waited, 0.2, "the shell's children got CPU time")
	require.Greater(t, rest, waited/4, "most of that no scrape saw")
	require.InDelta(t, used, b.shown+rest, 0.3+used/10)
}

// What a process uses that is too young to be visited is unattributed until it
// is visited, and is taken from what comes next then.
func TestYoungProcessesAreUnattributedUntilTheyAreVisited(t *testing.T) {
	tr, now := newTree(t), time.Unix(2000, 0)
	r := open(t, tr.root, Settings{Delay: time.Minute})
	r.now = func() time.Time { return now }
	next := func(user int, visited int) Unattributed {
		tr.write(t, "stat", fmt.Sprintf("cpu  %d 0 0 0\nbtime 1000\n", user))
		_, tally := scrape(t, r)
		require.Equal(t, visited, tally.Visited)
		now = now.Add(time.Minute)
		return r.Unattributed()
	}
	next(1000, 0)
	tr.process(t, 7, "young", Stat{Start: 105_000, User: 30})
	require.Equal(t, Ticks{User: 40}, next(1040, 0).Ticks)
	require.Equal(t, Ticks{User: 40}, next(1050, 1).Ticks, "20 of the 30 that it brings are owed")
	require.Equal(t, Ticks{User: 45}, next(1075, 1).Ticks)
}
