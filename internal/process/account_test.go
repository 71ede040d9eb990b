package process

import "math"

// second is a time of the tests' scrapes, which are ten of them apart.
const second = int64(1e9)

// account is the ledger of a host with one series of each kind that the tests
// need.
type account struct {
	*Ledger
	set           *Set
	budget        *Budget
	ints, doubles Slot // counters
}

func newAccount() *account {
	a := &account{set: NewSet(), budget: &Budget{Max: 1000}}
	a.ints = a.slot(Series{Kind: Counter})
	a.doubles = a.slot(Series{Kind: Counter, Float: true})
	a.Ledger = NewLedger(a.set, a.budget)
	return a
}

func (a *account) slot(s Series) Slot {
	slot, ok := a.set.Add(s)
	if !ok {
		panic("the set is full")
	}
	return slot
}

// sight is a process of the given name that began at a second.
func sight(pid int32, begun, at int64, name uint32) Sight {
	return Sight{
		ID: ID{pid, begun * second}, Time: at * second, Name: name, Attrs: name,
		NotFallen: func(*Process) bool { return false },
	}
}

// meet sees a process that must be one to account for.
func (a *account) meet(pid int32, begun, at int64) *Process {
	p, _ := a.See(sight(pid, begun, at, 1))
	if p == nil {
		panic("no account")
	}
	return p
}

// scrape accounts for one process with one value of the integer counter, kept
// under labels or, if they are 0, released. It returns the value written.
func (a *account) scrape(pid int32, begun, at, v int64, labels uint64) int64 {
	a.Begin()
	p := a.meet(pid, begun, at)
	a.AddInt(p, a.ints, v)
	out := a.settle(p, at, labels)
	a.Finish()
	return out
}

// settle keeps or releases a process and returns the integer written.
func (a *account) settle(p *Process, at int64, labels uint64) int64 {
	if labels == 0 {
		a.Release(p)
		return nothing
	}
	a.Keep(p, labels)
	v, _, ok := a.Emit(p, a.ints, at*second)
	if !ok {
		return nothing
	}
	return v.Int
}

// other is what the rest shows of the integer counter, and what waits.
func (a *account) other() [2]int64 {
	v, _ := a.Other(a.ints)
	return [2]int64{v.Int, a.Waits(a.ints).Int}
}

const (
	gone    = math.MinInt64     // the process is not in the scrape
	none    = math.MinInt64 + 1 // it is, without the counter
	nothing = math.MinInt64 + 2 // no value is written
)
