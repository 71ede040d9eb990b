package phoenixopamp

import (
	"io"
	"time"

	"github.com/phoenix-platform/phoenix/internal/explain"
	"github.com/phoenix-platform/phoenix/internal/process"
)

// mostDecisions is how many decisions are told at once, so that an answer is
// far from the largest message.
const mostDecisions = 1000

// Question asks what was decided about processes. Zero fields do not restrict.
type Question struct {
	ID   string    `json:"id,omitempty"` // comes back in the answer
	PID  int32     `json:"pid,omitempty"`
	Name string    `json:"name,omitempty"`
	At   time.Time `json:"at,omitzero"` // decisions not later than this
	Host string    `json:"host,omitempty"`
}

// Answer is what was decided: a report for each component and host.
type Answer struct {
	ID      string           `json:"id,omitempty"`
	Error   string           `json:"error,omitempty"`
	Reports []explain.Report `json:"reports"`
	// Truncated: there are more, after these.
	Truncated bool `json:"truncated,omitempty"`
}

// explain asks every component that decides.
func (e *Extension) explain(q Question, now time.Time) Answer {
	answer := Answer{ID: q.ID, Reports: []explain.Report{}}
	query := process.Query{PID: q.PID, Name: q.Name}
	if !q.At.IsZero() && q.At.Before(now) { // what is later may be beyond an int64
		query.Before = q.At.UnixNano()
	}
	left := mostDecisions
	for _, of := range e.targets.explainers() {
		for _, host := range of.HostNames() {
			if q.Host != "" && q.Host != host {
				continue
			}
			r := explain.Of(of.id.String(), of, host, query, now)
			if len(r.Decisions) > left {
				r.Decisions, answer.Truncated = r.Decisions[:left], true
			}
			left -= len(r.Decisions)
			answer.Reports = append(answer.Reports, r)
		}
	}
	return answer
}

func (a Answer) text(w io.Writer) {
	if len(a.Reports) == 0 {
		_, _ = io.WriteString(w, "No component here decides about processes, or none knows this host.\n")
	}
	for i, r := range a.Reports {
		if i > 0 {
			_, _ = io.WriteString(w, "\n")
		}
		_ = r.Text(w, time.UTC) // it is a buffer
	}
	if a.Truncated {
		_, _ = io.WriteString(w, "\nThere are more: ask by pid, name, host or at.\n")
	}
}
