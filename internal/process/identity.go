package process

// ID tells one process of a host from every other one that ever ran there: a
// PID comes back, a PID with its creation time does not.
type ID struct {
	PID   int32
	Start int64 // creation time in nanoseconds since the epoch; 0 when unknown
}

// Less orders by PID, then by creation time: the order that breaks ties.
func (a ID) Less(b ID) bool {
	if a.PID != b.PID {
		return a.PID < b.PID
	}
	return a.Start < b.Start
}

// Process is what a [Ledger] remembers of one process. It stays valid until
// the ledger forgets the process, that is at least until the next Finish.
type Process struct {
	pid   int32
	index int32
	start int64
	time  int64  // timestamp of its latest sample
	seen  uint32 // number of the scrape that saw it last
	name  uint32
	attrs uint32
	// Verdict is the caller's cached decision on the process: it is 0 for a
	// process just met, or whose watched attributes have changed.
	Verdict int16
	state   state

	cells []cell
	form  *layout
	shown *membership // nil while the process was never kept
}

type state uint8

const (
	stateUsed state = 1 << iota
	stateNew
	stateBorn
)

// ID returns the process's identity.
func (p *Process) ID() ID { return ID{p.pid, p.start} }

// Index is a small number of the process's own, reused after it is forgotten.
// A caller keeps columns of its own data by it.
func (p *Process) Index() int { return int(p.index) }

// Time is the timestamp of the process's latest sample, in nanoseconds since
// the epoch.
func (p *Process) Time() int64 { return p.time }

// New reports whether this scrape is the first one to see the process.
func (p *Process) New() bool { return p.state&stateNew != 0 }

// Born reports whether the process began after the host's previous scrape, so
// that all it has used so far was used since.
func (p *Process) Born() bool { return p.state&stateBorn != 0 }

// cell is the account of one counter of one process. Both values are raw
// bits, of an int64 or of a float64 as the counter's series says.
type cell struct {
	ref uint64 // the highest value taken into account; unknown before the first
	// out is the last value written under the process's own name or, while
	// none was, the one a first membership starts from: the value less what
	// the rest was already given of it.
	out uint64
}

// unknown marks a reference not yet taken: as an int64 it is negative, as a
// float64 it is NaN, and neither is ever accepted as a value.
const unknown = ^uint64(0)

// membership is the account of the series written under a process's own name.
// It outlives them: a process that comes back goes on where they ended.
type membership struct {
	labels  uint64
	emitted uint64 // per cell: its latest sample was written
	owned   uint64 // per cell: pending holds a delta of this scrape
	written uint64 // per cell: written in this scrape
	pending []uint64
	starts  []int64 // per cell: timestamp of the first sample since it began or came back
}
