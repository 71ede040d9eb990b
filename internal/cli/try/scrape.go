package try

import (
	"cmp"
	"slices"
	"time"

	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

// Scrape is what is shown of one scrape; --json prints it as it is.
type Scrape struct {
	Number    int       `json:"scrape"` // from 1
	Time      time.Time `json:"time"`
	Host      string    `json:"host"`
	Processes Processes `json:"processes"`
	Series    Series    `json:"series"`
	Named     Named     `json:"named"`
	// LargestDropped is the process with the most CPU that is not kept.
	LargestDropped *Dropped     `json:"largest_dropped,omitempty"`
	Conservation   Conservation `json:"conservation"`
	// Critical is the state of each critical entry.
	Critical  []scraperecord.Critical `json:"critical,omitempty"`
	Collector Collector               `json:"collector"`
	// Kept is every kept process, the one that uses the most CPU first.
	Kept []Kept `json:"kept"`
	// Joined began to be kept in this scrape, Left ceased to be.
	Joined []Reason `json:"joined,omitempty"`
	Left   []Reason `json:"left,omitempty"`
}

// Processes counts those of a scrape.
type Processes struct {
	In    int `json:"in"`
	Kept  int `json:"kept"`
	Other int `json:"other"` // that _other_ stands for
	// Grouped is how many Groups stand for, Dropped how many nothing does.
	Grouped int `json:"grouped"`
	Groups  int `json:"groups"`
	Dropped int `json:"dropped"`
	// WithoutIO is how many have no disk I/O: reading another user's takes
	// more rights than the rest.
	WithoutIO int `json:"without_disk_io"`
	// Shown is how many of the kept ones the endpoint had when it was read.
	Shown int `json:"at_endpoint"`
}

// Series counts data points of processes.
type Series struct {
	In        int     `json:"in"`
	Out       int     `json:"out"`
	Reduction float64 `json:"reduction"` // the share that is saved
	// Endpoint is how many series the Prometheus endpoint shows.
	Endpoint int `json:"at_endpoint"`
}

// Named are the shares of what all processes used since the scrape before that
// is under a process's own name. A nil one is unknown: nothing was used, or
// there was no scrape before.
type Named struct {
	CPU    *float64 `json:"cpu"`
	Memory *float64 `json:"memory"`
	IO     *float64 `json:"disk_io"`
}

// Dropped is a process that is not kept.
type Dropped struct {
	PID  int64   `json:"pid"`
	Name string  `json:"name"`
	CPU  float64 `json:"cpu_cores"`
}

// Conservation is how far the totals of what comes out are from those of what
// goes in, since the beginning: the largest difference of the integer series,
// and the largest relative one of the others; -1 if unknown.
type Conservation struct {
	Integers float64 `json:"integer_error"`
	Doubles  float64 `json:"double_error"`
}

// Collector is what the collector itself uses.
type Collector struct {
	PID      int           `json:"pid"`
	CPU      float64       `json:"cpu_cores"` // since the scrape before
	Average  float64       `json:"cpu_cores_average"`
	Resident uint64        `json:"resident_bytes"`
	Took     time.Duration `json:"processing_ns"` // from the input meter to the output meter
}

// Kept is a process that has series of its own.
type Kept struct {
	PID    int64    `json:"pid"`
	Name   string   `json:"name"`
	Owner  string   `json:"owner"`
	CPU    *float64 `json:"cpu_cores"` // since the scrape before; nil in its first one
	Memory float64  `json:"memory_bytes"`
	IO     *float64 `json:"disk_io_bytes_per_second"` // as CPU; nil too if it cannot be read
	// Why is why it began to be kept; nil if nobody said.
	Why *Reason `json:"why"`
}

// newScrape puts the record of a scrape, the endpoint's reading after it and
// the reading before together.
func newScrape(record scraperecord.Record, now, before *reading, kept map[int64]*Reason) Scrape {
	c := record.Compared
	if c == nil { // the meters missed each other
		c = &scraperecord.Comparison{NamedCPU: -1, NamedMemory: -1, NamedIO: -1, IntegerError: -1, DoubleError: -1}
	}
	s := Scrape{
		Time:         time.Unix(0, record.Time),
		Host:         record.Host,
		Processes:    newProcesses(c, record.Processes, now),
		Series:       Series{In: c.InputSeries, Out: record.Series, Reduction: c.Reduction, Endpoint: now.series},
		Named:        Named{known(c.NamedCPU), known(c.NamedMemory), known(c.NamedIO)},
		Conservation: Conservation{c.IntegerError, c.DoubleError},
		Critical:     record.Critical,
		Collector:    Collector{Took: time.Duration(c.Nanoseconds)},
		Kept:         make([]Kept, 0, len(now.processes)),
	}
	if c.Lost.PID != 0 {
		s.LargestDropped = &Dropped{c.Lost.PID, c.Lost.Name, c.Lost.CPU}
	}
	for pid, p := range now.processes {
		s.Kept = append(s.Kept, newKept(p, before.processes[pid], kept[pid]))
	}
	slices.SortFunc(s.Kept, busier)
	return s
}

// newProcesses says what became of those that are not kept.
func newProcesses(c *scraperecord.Comparison, kept int, now *reading) Processes {
	p := Processes{In: c.InputProcesses, Kept: kept, WithoutIO: c.Unreadable, Shown: len(now.processes), Groups: now.groups}
	rest := max(p.In-kept, 0)
	p.Grouped = min(now.grouped, rest)
	if rest -= p.Grouped; now.other {
		p.Other = rest
	} else {
		p.Dropped = rest
	}
	return p
}

// known is nil for a share that is not known.
func known(share float64) *float64 {
	if share < 0 {
		return nil
	}
	return &share
}

func newKept(p, before *sample, why *Reason) Kept {
	k := Kept{PID: p.pid, Name: p.name, Owner: p.owner, Memory: p.memory, Why: why}
	if cpu, io, ok := p.rates(before); ok {
		k.CPU = &cpu
		if p.readable {
			k.IO = &io
		}
	}
	return k
}

// complete reports whether the endpoint had every kept process when it was read.
func (s *Scrape) complete() bool { return s.Processes.Shown == s.Processes.Kept }

// changed adds the processes that joined and left. Those that were there before
// and neither are now nor were dropped have ended, if the reading is complete.
func (s *Scrape) changed(c changes, now, before *reading) {
	for _, why := range c.joined {
		s.Joined = append(s.Joined, *why)
	}
	for _, why := range c.left {
		s.Left = append(s.Left, *why)
	}
	for pid, p := range before.processes {
		if s.complete() && now.processes[pid] == nil && c.left[pid] == nil {
			s.Left = append(s.Left, Reason{PID: pid, Name: p.name, Rule: ruleEnded})
		}
	}
	slices.SortFunc(s.Joined, byPID)
	slices.SortFunc(s.Left, byPID)
}

// busier orders kept processes: the one with more CPU first, then more memory.
func busier(a, b Kept) int {
	return cmp.Or(
		-cmp.Compare(orZero(a.CPU), orZero(b.CPU)),
		-cmp.Compare(a.Memory, b.Memory),
		cmp.Compare(a.PID, b.PID),
	)
}

func byPID(a, b Reason) int { return cmp.Compare(a.PID, b.PID) }

func orZero(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

// summary is what is said at the end.
type summary struct {
	Begun     time.Time
	Scrapes   int
	processes int
	in, out   int
	worst     Conservation
	average   float64 // of the collector's cores
	resident  uint64  // at most
}

// worse returns the larger error. Unknown, which is negative, is worse than any:
// of what was not compared nobody can say that it adds up.
func worse(a, b float64) float64 {
	if a < 0 || b < 0 {
		return -1
	}
	return max(a, b)
}

func (t *summary) add(s *Scrape) {
	t.Scrapes++
	t.processes += s.Processes.In
	t.in += s.Series.In
	t.out += s.Series.Out
	t.worst.Integers = worse(t.worst.Integers, s.Conservation.Integers)
	t.worst.Doubles = worse(t.worst.Doubles, s.Conservation.Doubles)
	t.average = s.Collector.Average
	t.resident = max(t.resident, s.Collector.Resident)
}
