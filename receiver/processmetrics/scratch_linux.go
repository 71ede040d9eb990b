package processmetrics

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/procread"
)

// scratch is a batch that stays from scrape to scrape, for who only reads it.
// Of a process that was there before, the times are written and the values that
// changed; an idle one costs no allocation.
type scratch struct {
	write  *writer
	md     pmetric.Metrics
	rows   []*row // of the resources of md, in order
	byPID  map[int32]*row
	scrape uint64
	seen   int // rows of the scrape under way
}

// row is a process in a scratch.
type row struct {
	metrics pmetric.ResourceMetrics
	pid     int32
	scrape  uint64    // the latest that saw it
	of      *template // what metrics was filled from; nil: the builder made it

	// What the resource says of the process.
	parent     int32
	attributes procread.Attributes
}

// nobody is the PID of the row of what no process shows.
const nobody = 0

func newScratch(w *writer) *scratch {
	return &scratch{write: w, md: pmetric.NewMetrics(), byPID: map[int32]*row{}}
}

// begin opens a scrape.
func (s *scratch) begin() { s.scrape, s.seen = s.scrape+1, 0 }

// process adds a process to the scrape.
func (s *scratch) process(p *procread.Process, h procread.Host) {
	k := kindOf(p)
	t := s.write.templates[k]
	if t == nil {
		s.write.build(k, p, h)
		s.take(p.PID)
		return
	}
	r := s.row(p.PID)
	if r.of == t && r.describes(p) {
		t.write(r.metrics, p, h)
		return
	}
	t.fill(r.metrics, p, h)
	s.write.describe(r.metrics.Resource().Attributes(), p)
	r.of, r.parent, r.attributes = t, p.Stat.Parent, p.Attributes
}

// unattributed adds what no process shows.
func (s *scratch) unattributed(u procread.Unattributed) {
	if s.write.unseen.Enabled {
		s.write.unattributed(u)
		s.take(nobody)
	}
}

// take moves what the builder made into a row. It may have made nothing.
func (s *scratch) take(pid int32) {
	made := s.write.take().ResourceMetrics()
	if made.Len() == 0 {
		return
	}
	r := s.row(pid)
	made.At(0).MoveTo(r.metrics)
	r.of = nil
}

// row returns the row of a PID, and notes that this scrape has it.
func (s *scratch) row(pid int32) *row {
	r := s.byPID[pid]
	if r == nil {
		r = &row{metrics: s.md.ResourceMetrics().AppendEmpty(), pid: pid}
		s.rows = append(s.rows, r)
		s.byPID[pid] = r
	}
	if r.scrape != s.scrape {
		r.scrape = s.scrape
		s.seen++
	}
	return r
}

// end closes the scrape: who was not in it goes. The batch stays the scratch's
// and is valid until begin.
func (s *scratch) end() pmetric.Metrics {
	if s.seen < len(s.rows) {
		i := 0
		s.md.ResourceMetrics().RemoveIf(func(pmetric.ResourceMetrics) bool {
			i++
			return s.rows[i-1].scrape != s.scrape
		})
		s.rows = slices.DeleteFunc(s.rows, s.gone)
	}
	return s.md
}

// gone forgets a row that the scrape does not have.
func (s *scratch) gone(r *row) bool {
	if r.scrape == s.scrape {
		return false
	}
	delete(s.byPID, r.pid)
	return true
}

// describes reports whether the resource says of a process what it is now.
func (r *row) describes(p *procread.Process) bool {
	a, b := &r.attributes, &p.Attributes
	return r.parent == p.Stat.Parent && a.Name == b.Name && a.Command == b.Command && a.CommandLine == b.CommandLine &&
		a.Path == b.Path && a.Owner == b.Owner && a.Cgroup == b.Cgroup && a.Container == b.Container && a.Pod == b.Pod
}
