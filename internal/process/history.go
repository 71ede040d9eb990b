package process

import "time"

// Transition is one change of a decision: a process's series began to be
// written under its own name, or ceased to be.
type Transition struct {
	Time      int64 // of the scrape, nanoseconds since the epoch
	ID        ID
	Name      string  // process.executable.name
	Kept      bool    // from now on kept, else part of the rest
	Rule      string  // what decided, such as "rank" or "critical"
	Subject   string  // the rank metric, or the critical entry's name
	Value     float64 // of the process by that metric
	Rank      int     // 1 is the first; 0 when it had none
	Threshold float64 // the value that the last one to rank had
}

const (
	// HistoryLength is how many transitions of one host are remembered.
	HistoryLength = 10_000
	// HistoryAge is how long they are.
	HistoryAge = 24 * time.Hour
)

// History remembers the transitions of one host, the oldest giving way first.
type History struct {
	ring []Transition
	next int // where the oldest is, once the ring is full
}

// Add remembers a transition.
func (h *History) Add(t Transition) {
	if len(h.ring) < HistoryLength {
		h.ring = append(h.ring, t)
		return
	}
	h.ring[h.next] = t
	h.next = (h.next + 1) % HistoryLength
}

// Query picks transitions. Zero fields do not restrict.
type Query struct {
	PID    int32
	Name   string
	Before int64 // not later than this, nanoseconds since the epoch
}

// Find returns what a query picks among the transitions not older than
// HistoryAge at the time now, the latest first.
func (h *History) Find(q Query, now int64) []Transition {
	var found []Transition
	for i := len(h.ring) - 1; i >= 0; i-- {
		t := h.ring[(h.next+i)%len(h.ring)]
		switch {
		case t.Time < now-int64(HistoryAge):
			return found
		case q.PID != 0 && q.PID != t.ID.PID,
			q.Name != "" && q.Name != t.Name,
			q.Before != 0 && t.Time > q.Before:
			continue
		}
		found = append(found, t)
	}
	return found
}
