package opampserver

import (
	"context"
	"sync"
	"time"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// mostTogether is how many reports are one transaction.
const mostTogether = 500

// retryAfter is how long to wait when reports could not be written.
const retryAfter = time.Second

// reports are what agents said and nobody wrote down yet. Of each agent the
// newest counts, but no outcome is left out.
type reports struct {
	mu      sync.Mutex
	waiting []controlplane.AgentReport
	last    map[string]int // where in waiting an agent's newest report is
	some    chan struct{}
}

func newReports() *reports {
	return &reports{last: map[string]int{}, some: make(chan struct{}, 1)}
}

// put adds a report.
func (q *reports) put(r controlplane.AgentReport) {
	q.mu.Lock()
	if i, ok := q.last[r.By.Subject]; ok && sameOutcome(q.waiting[i].Report, r.Report) {
		if r.Effective == nil {
			r.Effective = q.waiting[i].Effective
		}
		q.waiting[i] = r
	} else {
		q.last[r.By.Subject] = len(q.waiting)
		q.waiting = append(q.waiting, r)
	}
	q.mu.Unlock()
	select {
	case q.some <- struct{}{}:
	default: // it is known
	}
}

func sameOutcome(a, b controlplane.Report) bool {
	return a.Outcome == b.Outcome && a.Generation == b.Generation && a.OfferedHash == b.OfferedHash
}

// take returns those that wait, as many as may be written together.
func (q *reports) take() []controlplane.AgentReport {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), mostTogether)
	taken := q.waiting[:n:n]
	q.waiting = append([]controlplane.AgentReport(nil), q.waiting[n:]...)
	clear(q.last)
	for i, r := range q.waiting {
		q.last[r.By.Subject] = i
	}
	return taken
}

// length is how many wait.
func (q *reports) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// write writes reports down as they come, until leaving is closed and none is
// left.
func (q *reports) write(plane Plane, s *Server, leaving <-chan struct{}) {
	for {
		select {
		case <-q.some:
			time.Sleep(s.set.timing.gather)
			q.flush(plane, s, leaving)
		case <-leaving:
			q.flush(plane, s, leaving)
			return
		}
	}
}

// flush writes all that wait. What cannot be written is tried again until the
// server leaves.
func (q *reports) flush(plane Plane, s *Server, leaving <-chan struct{}) {
	for {
		some := q.take()
		if len(some) == 0 {
			return
		}
		for !q.commit(plane, s, some) {
			select {
			case <-leaving:
				return
			case <-time.After(retryAfter):
			}
		}
	}
}

// commit is false if the store could not take them.
func (q *reports) commit(plane Plane, s *Server, some []controlplane.AgentReport) bool {
	began := time.Now()
	err := plane.ReportAgents(context.Background(), some)
	s.counts.commits.Observe(time.Since(began).Seconds())
	if err == nil {
		return true
	}
	s.log.Error("what agents said cannot be written down", "agents", len(some), "error", err)
	code := controlplane.CodeOf(err)
	return code == controlplane.CodeInvalid || code == controlplane.CodeForbidden // they would be no better later
}
