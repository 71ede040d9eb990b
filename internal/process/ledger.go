package process

import "unsafe"

// ForgetAfter is how many scrapes in a row a process may be missing from
// before it is forgotten.
const ForgetAfter = 3

// bornTolerance is how much earlier than the previous scrape a process may
// claim to have started and still count as born since: creation times rest on
// the kernel's boot time, which is in whole seconds.
const bornTolerance = int64(2e9)

// Budget is the number of processes that the ledgers of one component may
// remember between them.
type Budget struct {
	Max  int
	used int
}

// Used returns how many processes are remembered.
func (b *Budget) Used() int { return b.used }

// Faults counts what was wrong with the input. Nothing of it is an error:
// the account goes on without the value.
type Faults struct {
	Bad        int // values that are not numbers, infinite, or negative counters
	Dips       int // counters that fell by at most 1 %: taken as not grown
	Resets     int // counters that fell by more: taken as begun anew
	Duplicates int // processes or points that came twice in one scrape
	Untracked  int // points beyond a limit on series per process or in all
	Overflow   int // processes beyond the Budget
}

// Ledger is the account of one host. It is not safe for concurrent use.
type Ledger struct {
	// Rest is the rest proper, part 0. Of the methods that both have, those of
	// the ledger are about all parts.
	*Rest
	set    *Set
	budget *Budget
	Faults Faults // of the present scrape; Begin clears it

	byPID  map[int32]int32
	chunks [][]Process
	free   []int32

	scrape   uint32
	time     int64 // greatest timestamp of the last finished scrape
	previous int64 // greatest timestamp of the one before it
	earliest int64 // smallest timestamp of the last finished scrape

	span     Span           // of the scrape under way
	present  int            // processes seen in this scrape
	beyond   map[int32]bool // PIDs of this scrape beyond the Budget
	returned int            // of these: older than the scrape before, and missing from it
	current  *Process       // the one seen last in this scrape
	touched  uint64         // per cell of that one: it had a value
	order    []int32        // processes in the order of the last scrape
	next     []int32        // the same of the scrape under way
	cursor   int            // how far order has been followed

	parts    []*Rest // by number, nil where none has begun; the first is Rest
	division []Part  // by process index; nil while nobody was assigned to a part
	here     *Rest   // of the process at hand: the one seen or kept last
	given    []given // by slot: of all parts
	open     bool    // a scrape is under way
	raw      bool    // every process is written as it came

	gone []*Process // processes that left since the last Finish
}

// NewLedger returns the account of a host not yet seen. Ledgers that share a
// budget share its limit.
func NewLedger(set *Set, budget *Budget) *Ledger {
	rest := &Rest{set: set}
	return &Ledger{set: set, budget: budget, byPID: map[int32]int32{}, Rest: rest, parts: []*Rest{rest}, here: rest}
}

// Time is the greatest timestamp of the last finished scrape, 0 before it.
func (l *Ledger) Time() int64 { return l.time }

// Now is the greatest timestamp so far of the scrape under way.
func (l *Ledger) Now() int64 { return l.span.Last() }

// Previous is the greatest timestamp of the finished scrape before that one.
func (l *Ledger) Previous() int64 { return l.previous }

// Opened reports whether the host had a scrape yet.
func (l *Ledger) Opened() bool { return l.scrape > 0 }

// Len is how many processes are remembered.
func (l *Ledger) Len() int { return len(l.byPID) }

// InPieces reports whether the scrape under way looks like a part of one:
// most of its processes are older than the call before, and were missing
// from it.
func (l *Ledger) InPieces() bool { return l.present > 1 && 2*l.returned > l.present }

// Begin opens a scrape.
func (l *Ledger) Begin() {
	l.scrape++
	l.Faults = Faults{}
	l.span = Span{}
	l.present, l.returned, l.cursor = 0, 0, 0
	l.next = make([]int32, 0, len(l.order)+len(l.order)/32+16)
	l.open = true
	for _, r := range l.Parts() {
		r.begin()
	}
}

// Sight is one process as a scrape shows it.
type Sight struct {
	ID    ID
	Time  int64  // its own timestamp
	Name  uint32 // hash of the executable's name
	Attrs uint32 // hash of the attributes that the caller's verdicts rest on
	// NotFallen tells whether no counter of the sight is below what Falls
	// compares it with. It is asked only when the PID is known under another
	// creation time: a scraper that cannot read the creation time reports the
	// time of the scrape.
	NotFallen func(*Process) bool
}

// See finds the process of a sight, or begins its account. It returns nil for
// a PID that this scrape has shown already, and for a new process when the
// budget is used up; Faults tells which. Elapsed is the time in nanoseconds
// since its previous sample, or since its creation at the first one; 0 if
// unknown.
func (l *Ledger) See(s Sight) (p *Process, elapsed int64) {
	if l.current != nil && l.current.New() {
		l.learn()
	}
	p = l.lookup(s.ID.PID)
	if p != nil && p.start != s.ID.Start && p.seen != l.scrape {
		if p.name == s.Name && s.NotFallen(p) {
			p.start = earlier(p.start, s.ID.Start)
		} else {
			l.forget(p)
			p = nil
		}
	}
	switch {
	case p == nil:
		if p = l.admit(s); p == nil && l.beyond[s.ID.PID] {
			l.Faults.Duplicates++
			return nil, 0
		}
		if p == nil {
			l.refuse(s.ID.PID)
			l.span.Add(s.Time)
			l.here = l.Rest
			return nil, 0
		}
		elapsed = s.Time - s.ID.Start
		if s.ID.Start == 0 {
			elapsed = 0
		}
	case p.seen == l.scrape:
		l.Faults.Duplicates++
		return nil, 0
	default:
		if p.time != 0 { // else the host's clock was set back
			elapsed = s.Time - p.time
		}
		if p.seen != l.scrape-1 {
			l.returned++
		}
		p.state &^= stateNew | stateBorn
		if p.attrs != s.Attrs {
			p.attrs, p.name, p.Verdict = s.Attrs, s.Name, 0
		}
	}
	l.note(p, s.Time)
	return p, max(elapsed, 0)
}

// refuse notes a PID that there is no room for.
func (l *Ledger) refuse(pid int32) {
	l.Faults.Overflow++
	if l.beyond == nil {
		l.beyond = map[int32]bool{}
	}
	l.beyond[pid] = true
}

// note enters the process in the scrape under way.
func (l *Ledger) note(p *Process, at int64) {
	p.seen, p.time = l.scrape, max(p.time, at)
	l.current, l.touched, l.here = p, 0, l.restOf(p)
	l.present++
	l.next = append(l.next, p.index)
	l.span.Add(at)
}

// lookup finds a PID. Scrapes list processes in much the same order, so the
// next one of the last scrape is tried before the map.
func (l *Ledger) lookup(pid int32) *Process {
	if l.cursor < len(l.order) {
		if p := l.At(int(l.order[l.cursor])); p.pid == pid && p.state&stateUsed != 0 {
			l.cursor++
			return p
		}
	}
	index, ok := l.byPID[pid]
	if !ok {
		return nil
	}
	// A process that ended left a gap in the order: step over it.
	for skip := 1; skip <= 8 && l.cursor+skip < len(l.order); skip++ {
		if l.order[l.cursor+skip] == index {
			l.cursor += skip + 1
			break
		}
	}
	return l.At(int(index))
}

// At returns the process with this index.
func (l *Ledger) At(index int) *Process { return &l.chunks[index/chunk][index%chunk] }

// chunk is how many processes are allocated together: none is ever moved. With
// the allocator's header of a word they fill one of its blocks of 8 KiB.
const chunk = (8192 - 8) / int(unsafe.Sizeof(Process{}))

func (l *Ledger) admit(s Sight) *Process {
	if l.budget.used >= l.budget.Max {
		return nil
	}
	p := l.allocate()
	form := l.set.usual
	*p = Process{
		pid: s.ID.PID, start: s.ID.Start, index: p.index, name: s.Name, attrs: s.Attrs,
		form: form, cells: newCells(len(form.slots)), state: stateUsed | stateNew,
	}
	if l.scrape > 1 && s.ID.Start != 0 && s.ID.Start >= l.earliest-bornTolerance {
		p.state |= stateBorn
	} else if l.scrape > 1 {
		l.returned++
	}
	if int(p.index) < len(l.division) {
		l.division[p.index] = 0
	}
	l.byPID[s.ID.PID] = p.index
	l.budget.used++
	return p
}

func (l *Ledger) allocate() *Process {
	if n := len(l.free); n > 0 {
		index := l.free[n-1]
		l.free = l.free[:n-1]
		return l.At(int(index))
	}
	last := len(l.chunks) - 1
	if last < 0 || len(l.chunks[last]) == chunk {
		l.chunks = append(l.chunks, make([]Process, 0, chunk))
		last++
	}
	c := &l.chunks[last]
	*c = append(*c, Process{index: int32(last*chunk + len(*c))})
	return &(*c)[len(*c)-1]
}

func newCells(n int) []cell {
	cells := make([]cell, n)
	for i := range cells {
		cells[i].ref = unknown
	}
	return cells
}

// Forget drops a process at once, in favour of another one: what it uses from
// now on is not accounted for.
func (l *Ledger) Forget(p *Process) {
	if p.state&stateUsed == 0 {
		return
	}
	if p.seen == l.scrape {
		l.present--
	}
	l.forget(p)
}

func (l *Ledger) forget(p *Process) {
	if l.byPID[p.pid] == p.index {
		delete(l.byPID, p.pid)
	}
	p.state, p.shown = 0, nil
	l.budget.used--
	l.gone = append(l.gone, p)
}

// Finish closes the scrape: the totals of the rest are complete, and what has
// been missing for ForgetAfter scrapes is forgotten.
func (l *Ledger) Finish() {
	if l.current != nil && l.current.New() {
		l.learn()
	}
	l.current, l.beyond = nil, nil
	l.settle()
	if l.present < len(l.byPID) {
		l.forgetMissing()
	}
	for _, p := range l.gone {
		l.free = append(l.free, p.index)
		p.cells = nil
	}
	clear(l.gone)
	l.gone = l.gone[:0]
	l.previous, l.time, l.earliest = l.time, l.span.Last(), l.span.First()
	l.order, l.next = l.next, nil
}

// settle adds to every part what this scrape gave it.
func (l *Ledger) settle() {
	l.open = false
	l.given = append(l.given, make([]given, l.set.Len()-len(l.given))...)
	for part, r := range l.Parts() {
		for slot := range r.series {
			l.given[slot].take(&r.series[slot])
		}
		r.settle()
		if r.started == 0 && (part == 0 || r.KnownSeries() > 0) {
			r.started = l.span.Last()
		}
	}
}

func (l *Ledger) forgetMissing() {
	for _, c := range l.chunks {
		for i := range c {
			if p := &c[i]; p.state&stateUsed != 0 && l.scrape-p.seen >= ForgetAfter {
				l.forget(p)
			}
		}
	}
}

// Close gives the ledger's processes back to the budget.
func (l *Ledger) Close() {
	l.budget.used -= len(l.byPID)
	l.byPID, l.chunks, l.order = nil, nil, nil
}

// Processes calls f for every process remembered, in no particular order.
func (l *Ledger) Processes(f func(*Process)) {
	for _, c := range l.chunks {
		for i := range c {
			if c[i].state&stateUsed != 0 {
				f(&c[i])
			}
		}
	}
}

// Absent reports whether the process is missing from the scrape under way.
func (l *Ledger) Absent(p *Process) bool { return p.seen != l.scrape }

func earlier(a, b int64) int64 {
	if a == 0 || (b != 0 && b < a) {
		return b
	}
	return a
}
