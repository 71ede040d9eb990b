package metrics

import (
	"slices"
	"time"
)

// Problem is damage that was set aside, or what keeps a store from working.
type Problem struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	// Path is where it is, or was moved to.
	Path string `json:"path"`
	// Remedy is the next step.
	Remedy string `json:"remedy"`
}

// maxProblems is how many problems a store remembers.
const maxProblems = 100

// Problems returns the latest that went wrong since the store was opened,
// oldest first. What happens again at the same place is there once, with its last time.
func (s *Store) Problems() []Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.problems)
}

func (s *Store) report(p Problem) {
	p.At = s.now()
	s.log.Error("metrics: "+p.What, "path", p.Path, "remedy", p.Remedy)
	s.counts.problems.Inc()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems = slices.DeleteFunc(s.problems, func(old Problem) bool { return old.What == p.What && old.Path == p.Path })
	s.problems = append(s.problems, p)
	s.problems = s.problems[max(0, len(s.problems)-maxProblems):]
}
