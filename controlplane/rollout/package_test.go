package rollout_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane/rollout"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// plan is one that agents fail fast in.
func plan() rollout.Plan {
	return rollout.Plan{Batches: []int{2, 3}, Bake: []time.Duration{2 * time.Minute, 30 * time.Second}, Timeout: 2 * time.Minute, MostFailed: 1}
}

// stage is a rollout with what is known of its agents, and a clock.
type stage struct {
	rollout.Rollout
	read    map[string]rollout.Reading
	quality rollout.Quality
	now     time.Time
}

// newStage starts a rollout to a number of agents that are all connected.
func newStage(p rollout.Plan, agents int) *stage {
	var names []string
	for i := range agents {
		names = append(names, fmt.Sprintf("a%d", i))
	}
	s := &stage{Rollout: rollout.Start(p, names, noon), read: map[string]rollout.Reading{}, now: noon}
	for _, n := range names {
		s.read[n] = rollout.Reading{Connected: true, Heard: noon}
	}
	return s
}

// step does what a driver does: it steps until nothing more happens, and an
// agent of whom something else is wanted has not answered to that.
func (s *stage) step() (orders []rollout.Order) {
	for {
		before := s.State
		done := s.Step(s.known(), s.quality, s.now)
		orders = append(orders, done...)
		for _, o := range done {
			s.set(o.Agent, func(r *rollout.Reading) { r.Answer = rollout.Unanswered })
		}
		if s.State == before {
			return orders
		}
	}
}

// known are the readings that the step looks at.
func (s *stage) known() map[string]rollout.Reading {
	read := map[string]rollout.Reading{}
	for _, a := range s.Agents {
		if s.Reads(a) {
			read[a.Name] = s.read[a.Name]
		}
	}
	return read
}

func (s *stage) set(agent string, change func(*rollout.Reading)) {
	r := s.read[agent]
	change(&r)
	s.read[agent] = r
}

func (s *stage) answer(answer rollout.Answer, agents ...string) {
	for _, a := range agents {
		s.set(a, func(r *rollout.Reading) { r.Answer, r.Why, r.Heard = answer, "exit status 1", s.now })
	}
}

// allAnswer has every agent that was offered something say yes.
func (s *stage) allAnswer() {
	for _, a := range s.Agents {
		if a.State == rollout.Offered || a.State == rollout.Returning {
			s.answer(rollout.Yes, a.Name)
		}
	}
}

func (s *stage) pass(d time.Duration) { s.now = s.now.Add(d) }

func (s *stage) agent(name string) rollout.Agent {
	for _, a := range s.Agents {
		if a.Name == name {
			return a
		}
	}
	return rollout.Agent{}
}

func (s *stage) require(t *testing.T, state rollout.State, counts map[rollout.AgentState]int) {
	t.Helper()
	require.Equal(t, state, s.State, s.Why)
	got := map[rollout.AgentState]int{}
	for _, a := range s.Agents {
		got[a.State]++
	}
	require.Equal(t, counts, got)
}
