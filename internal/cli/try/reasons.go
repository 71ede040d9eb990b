package try

import (
	"maps"
	"sync"

	"github.com/phoenix-platform/phoenix/internal/childcollector"
)

// ruleEnded is why a process that has exited is no longer kept: the
// collector says nothing of those.
const ruleEnded = "ended"

// Reason is why a process began to be kept, or ceased to be.
type Reason struct {
	PID  int64  `json:"pid"`
	Name string `json:"name"`
	// Rule is critical, rank or hysteresis for one that is kept; below_rank,
	// max_series or ended for one that no longer is.
	Rule string `json:"rule"`
	// Subject is the critical entry's name, or the metric ranked by.
	Subject string `json:"subject,omitempty"`
	// Value is the process's by that metric: cores, bytes or bytes per second.
	Value float64 `json:"value,omitempty"`
	// Rank is its place by it, 1 is the first.
	Rank int `json:"rank,omitempty"`
	// Threshold is the value of the last that ranks, or the least that may.
	Threshold float64 `json:"threshold,omitempty"`
}

// reasons remembers the processor's log records of transitions. It is safe for
// concurrent use.
type reasons struct {
	mu      sync.Mutex
	kept    map[int64]*Reason // by PID: why it is kept
	changes changes           // since the last take
}

// changes are the transitions of one scrape, by PID.
type changes struct {
	joined, left map[int64]*Reason
}

func newChanges() changes {
	return changes{joined: map[int64]*Reason{}, left: map[int64]*Reason{}}
}

func newReasons() *reasons {
	return &reasons{kept: map[int64]*Reason{}, changes: newChanges()}
}

// isTransition reports whether a log record is one of a transition.
func isTransition(r childcollector.Record) bool { return r.Message == "process transition" }

// add takes a transition.
func (r *reasons) add(record childcollector.Record) {
	text := func(key string) string { s, _ := record.Fields[key].(string); return s }
	number := func(key string) float64 { v, _ := record.Fields[key].(float64); return v }
	why := &Reason{
		PID: int64(number("pid")), Name: text("name"), Rule: text("rule"), Subject: text("subject"),
		Value: number("value"), Rank: int(number("rank")), Threshold: number("threshold"),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if kept, _ := record.Fields["kept"].(bool); kept {
		r.kept[why.PID], r.changes.joined[why.PID] = why, why
		return
	}
	delete(r.kept, why.PID)
	r.changes.left[why.PID] = why
}

// know reports whether there is a reason for every process.
func (r *reasons) know(processes map[int64]*sample) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for pid := range processes {
		if r.kept[pid] == nil {
			return false
		}
	}
	return true
}

// take returns why processes are kept, by PID, and what has changed since the
// last call. A process whose reason was withheld, for there were too many at
// once, is in neither.
func (r *reasons) take() (kept map[int64]*Reason, c changes) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, r.changes = r.changes, newChanges()
	return maps.Clone(r.kept), c
}

// forget drops the reason of a process that has ended.
func (r *reasons) forget(pid int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.kept, pid)
}
