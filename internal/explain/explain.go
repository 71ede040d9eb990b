package explain

import (
	"time"

	"github.com/phoenix-platform/phoenix/internal/live"
	"github.com/phoenix-platform/phoenix/internal/process"
)

// Report is what one component decided about the processes of one host.
type Report struct {
	Component Name `json:"component"`
	Host      Name `json:"host"`
	// Mode is enforce, or observe: then every process passes, whatever is
	// decided.
	Mode      string     `json:"mode"`
	Decisions []Decision `json:"decisions"` // the latest first
}

// Decision is one change: what holds of a process since then, until the next
// one before it in the list.
type Decision struct {
	PID  int32 `json:"pid"`
	Name Name  `json:"name"`
	// Created is when the process was, by what the scraper says; nil if it does
	// not.
	Created *time.Time `json:"created,omitempty"`
	Kept    bool       `json:"kept"` // under its own name, else part of _other_ or of its group
	Since   time.Time  `json:"since"`
	// Rule decided, by Subject: a metric, or the name of a critical entry, of a
	// group or a priority.
	Rule    string `json:"rule"`
	Subject Name   `json:"subject,omitempty"`
	// Value is that of the process by the metric, Threshold what it was compared
	// with: that of the last one to rank, or what its level asks for.
	Value     Number `json:"value"`
	Threshold Number `json:"threshold"`
	Rank      int    `json:"rank,omitempty"` // 1 is the first, 0 none
}

// Of asks a component about a host.
func Of(component string, e live.Explainer, host string, q process.Query, now time.Time) Report {
	r := Report{Component: Name(component), Host: Name(host), Mode: e.Mode(), Decisions: []Decision{}}
	for _, t := range e.Explain(host, q, now) {
		r.Decisions = append(r.Decisions, decision(t))
	}
	return r
}

func decision(t process.Transition) Decision {
	d := Decision{
		PID: t.ID.PID, Name: Name(t.Name), Kept: t.Kept, Since: time.Unix(0, t.Time).UTC(),
		Rule: t.Rule, Subject: Name(t.Subject), Value: Number(t.Value), Threshold: Number(t.Threshold), Rank: t.Rank,
	}
	if t.ID.Start != 0 {
		created := time.Unix(0, t.ID.Start).UTC()
		d.Created = &created
	}
	return d
}
