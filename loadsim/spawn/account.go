package spawn

import (
	"fmt"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// life is a process that has been asked for and has not ended.
type life struct {
	id  uint32
	pid int // 0 until it is known to exist
	// cloned and ran are when its parent and when itself told of it: it is
	// born when both have.
	cloned, ran time.Time
	parent      int // who cloned it
	detached    bool
	memory      int64 // what it may hold
	children    []uint32
	stop        bool // asked to end before it was born

	// reaped is what the children used that it waited for, which the kernel
	// counts as its own as well; waited says that there was one.
	reaped loadsim.Usage
	waited bool
	peak   int64 // bytes, as it told itself; 0 if it did not
}

// account knows the processes of a run: those asked for and not yet ended. It
// turns records into events. It does no locking.
type account struct {
	byID   map[uint32]*life
	byPID  map[int]*life
	memory int64 // what all may hold
	zygote int   // its PID
}

func newAccount() *account {
	return &account{byID: map[uint32]*life{}, byPID: map[int]*life{}}
}

// uses returns the first ID of p and its descendants that another process has.
func (a *account) uses(p loadsim.Process) (id uint32, used bool) {
	seen := map[uint32]bool{}
	for _, l := range family(nil, p) {
		if a.byID[l.id] != nil || seen[l.id] {
			return l.id, true
		}
		seen[l.id] = true
	}
	return 0, false
}

// allows says whether there may be p with its descendants as well.
func (a *account) allows(p loadsim.Process, s Settings) error {
	all := family(nil, p)
	if n := len(a.byID) + len(all); n > s.MaxProcesses {
		return fmt.Errorf("there would be %d processes, the limit is %d: ask for fewer, or raise the limit of processes", n, s.MaxProcesses)
	}
	memory := a.memory
	for _, l := range all {
		memory += l.memory
	}
	if s.MaxMemory > 0 && memory > s.MaxMemory {
		return fmt.Errorf("all processes might hold %d bytes, the limit is %d: ask for less, or raise the limit of memory", memory, s.MaxMemory)
	}
	return nil
}

// open enters p with its descendants.
func (a *account) open(p loadsim.Process) {
	for _, l := range family(nil, p) {
		a.byID[l.id] = l
		a.memory += l.memory
	}
}

// family lists p and its descendants, parents first.
func family(all []*life, p loadsim.Process) []*life {
	l := &life{id: p.ID, detached: p.Detach}
	for _, s := range p.Load {
		l.memory = max(l.memory, s.Memory)
	}
	all = append(all, l)
	for _, c := range p.Children {
		l.children = append(l.children, c.ID)
		all = family(all, c)
	}
	return all
}

// close forgets a life.
func (a *account) close(l *life) {
	delete(a.byID, l.id)
	if l.pid != 0 {
		delete(a.byPID, l.pid)
	}
	a.memory -= l.memory
}
