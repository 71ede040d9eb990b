package spawn

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
)

const zygotePID = 100

// accountOf has one process with one child.
func accountOf() *account {
	a := newAccount()
	a.zygote = zygotePID
	p := loadsim.Process{ID: 1, Load: loadsim.Load{{Memory: 5}, {Memory: 3}}}
	p.Children = []loadsim.Process{{ID: 2, Children: []loadsim.Process{{ID: 3}}}}
	a.open(p)
	return a
}

func cloned(id uint32, pid, by int32) record {
	return record{Kind: recordCloned, ID: id, PID: pid, Teller: by, At: int64(id)}
}

func runs(id uint32, pid int32) record {
	return record{Kind: recordRuns, ID: id, PID: pid, Teller: pid}
}

func enter(a *account, records ...record) []loadsim.Event {
	var events []loadsim.Event
	for _, r := range records {
		events = append(events, a.enter(r)...)
	}
	return events
}

func TestABirthIsToldWhenBothHaveSaidSo(t *testing.T) {
	born := []loadsim.Event{{Kind: loadsim.Born, ID: 1, PID: 7, Parent: zygotePID, At: time.Unix(0, 1)}}
	a := accountOf()
	require.Empty(t, enter(a, cloned(1, 7, zygotePID)))
	require.Equal(t, born, enter(a, runs(1, 7)))
	a = accountOf()
	require.Empty(t, enter(a, runs(1, 7)))
	require.Equal(t, born, enter(a, cloned(1, 7, zygotePID)))
}

func TestWhoEndsBeforeItRunsWasBornAllTheSame(t *testing.T) {
	events := enter(accountOf(), cloned(1, 7, zygotePID), record{Kind: recordExited, PID: 7, Teller: zygotePID, Status: -9})
	require.Len(t, events, 4)
	require.Equal(t, loadsim.Born, events[0].Kind)
	require.Equal(t, loadsim.Exited, events[1].Kind)
	require.Equal(t, -9, events[1].Status)
	for i, id := range []uint32{2, 3} {
		require.Equal(t, loadsim.Failed, events[2+i].Kind)
		require.Equal(t, id, events[2+i].ID)
		require.ErrorIs(t, events[2+i].Err, errParentEnded)
	}
}

// TestWhoIsBornToAKilledParent was cloned, but nobody lives to tell of it.
func TestWhoIsBornToAKilledParent(t *testing.T) {
	a := accountOf()
	enter(a, cloned(1, 7, zygotePID), runs(1, 7), record{Kind: recordRuns, ID: 2, PID: 8, At: 5})
	require.Len(t, enter(a, record{Kind: recordExited, PID: 7, Teller: zygotePID}), 1, "2 and 3 may still come")
	events := enter(a, record{Kind: recordExited, PID: 8, Teller: zygotePID})
	require.Len(t, events, 3)
	require.Equal(t, loadsim.Event{Kind: loadsim.Born, ID: 2, PID: 8, At: time.Unix(0, 5)}, events[0])
	require.Equal(t, loadsim.Exited, events[1].Kind)
}

// TestAReaperIsNotChargedForOthers: 8 is the first half of a double fork, of
// which nobody knows but the kernel, which charges it all the same.
func TestAReaperIsNotChargedForOthers(t *testing.T) {
	a := accountOf()
	enter(a, cloned(1, 7, zygotePID), runs(1, 7), cloned(2, 9, 8), runs(2, 9))
	enter(a, record{Kind: recordExited, PID: 8, Teller: 7, User: 5, System: 1})
	enter(a, record{Kind: recordExited, PID: 9, Teller: 7, User: 100, System: 10, Peak: 4000})
	enter(a, record{Kind: recordPeak, ID: 1, PID: 7, Peak: 500})
	events := enter(a, record{Kind: recordExited, PID: 7, Teller: zygotePID, User: 112, System: 14, Peak: 4000})
	require.Len(t, events, 1)
	require.Equal(t, loadsim.Usage{User: 7 * time.Microsecond, System: 3 * time.Microsecond, PeakMemory: 500 << 10}, events[0].Used)
	require.Empty(t, a.byID)
	require.Empty(t, a.byPID)
	require.Zero(t, a.memory)
}

func TestMemoryIsWhatLoadsAskForAtMost(t *testing.T) {
	a := accountOf()
	require.EqualValues(t, 5, a.memory)
	s := Settings{MaxProcesses: 10, MaxMemory: 8}
	more := loadsim.Process{ID: 9, Load: loadsim.Load{{Memory: 3}}}
	require.NoError(t, a.allows(more, s))
	more.Load[0].Memory++
	require.ErrorContains(t, a.allows(more, s), "all processes might hold 9 bytes, the limit is 8")
}

func TestALostRunIsToldToTheEnd(t *testing.T) {
	a := accountOf()
	enter(a, cloned(1, 7, zygotePID), runs(1, 7))
	events := a.lose(time.Unix(5, 0))
	require.Len(t, events, 3)
	for i, kind := range []loadsim.EventKind{loadsim.Exited, loadsim.Failed, loadsim.Failed} {
		require.Equal(t, loadsim.Event{Kind: kind, ID: uint32(i + 1), PID: events[i].PID, At: time.Unix(5, 0), Err: errLost}, events[i])
	}
	require.Empty(t, a.byID)
}

func TestAQueueKeepsEverythingInOrder(t *testing.T) {
	q := newQueue()
	const n = 1000
	for id := range uint32(n) {
		q.in <- loadsim.Event{ID: id}
	}
	close(q.in)
	var next uint32
	for e := range q.out {
		require.Equal(t, next, e.ID)
		next++
	}
	require.EqualValues(t, n, next)
}
