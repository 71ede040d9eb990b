package storetest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func agents(t *testing.T, open opener) {
	open.run(t, "an agent is read as it was written", func(t *testing.T, s store) {
		a := agent("a", "h", "web")
		s.write(t, func(w controlplane.Writer) { require.NoError(t, w.PutAgent(t.Context(), a)) })
		a.Status.Conflict, a.Metadata.Labels = []string{"db", "web"}, nil
		s.write(t, func(w controlplane.Writer) { require.NoError(t, w.PutAgent(t.Context(), a)) })
		s.read(t, func(r controlplane.Reader) {
			got, err := r.Agent(t.Context(), "a")
			require.NoError(t, err)
			require.Equal(t, a, got)
		})
	})
	open.run(t, "what an agent runs goes with it", func(t *testing.T, s store) { effective(t, s) })
	open.run(t, "agents are listed by name", func(t *testing.T, s store) { agentLists(t, s) })
	open.run(t, "the agents of a deployment are counted", func(t *testing.T, s store) { countedAgents(t, s) })
	open.run(t, "an agent that was deleted leaves its history", func(t *testing.T, s store) { deletedAgent(t, s) })
	open.run(t, "what was wanted at a time", func(t *testing.T, s store) { wantedAt(t, s) })
	open.run(t, "what was wanted on a host at a time", func(t *testing.T, s store) { wantedOnHost(t, s) })
	open.run(t, "what was wanted stays as it was", func(t *testing.T, s store) {
		add := func(generation int64, minutes int) error {
			return s.Update(t.Context(), func(w controlplane.Writer) error {
				require.NoError(t, w.AddConfiguration(t.Context(), configuration("a: 1")))
				return w.AddDesired(t.Context(), desired("a", "h", generation, minutes))
			})
		}
		require.NoError(t, add(1, 0))
		require.Error(t, add(1, 9))
	})
	open.run(t, "attempts are a history", func(t *testing.T, s store) { attempts(t, s) })
}

// effective is of the agent that is there, and of none of its name after it.
func effective(t *testing.T, s store) {
	runs := func(want string) {
		s.read(t, func(r controlplane.Reader) {
			got, err := r.Effective(t.Context(), "a")
			if want == "" {
				require.ErrorIs(t, err, controlplane.ErrNotFound)
				return
			}
			require.NoError(t, err)
			require.Equal(t, want, string(got))
		})
	}
	runs("")
	s.write(t, func(w controlplane.Writer) { require.NoError(t, w.PutAgent(t.Context(), agent("a", "h", "web"))) })
	for _, text := range []string{"a: 1", "a: 2"} {
		s.write(t, func(w controlplane.Writer) { require.NoError(t, w.PutEffective(t.Context(), "a", []byte(text))) })
		s.write(t, func(w controlplane.Writer) { require.NoError(t, w.PutAgent(t.Context(), agent("a", "other", "web"))) })
		runs(text)
	}
	s.write(t, func(w controlplane.Writer) { require.NoError(t, w.DeleteAgent(t.Context(), "a")) })
	runs("")
}

func agentLists(t *testing.T, s store) {
	s.write(t, func(w controlplane.Writer) {
		for _, name := range []string{"c", "a", "b"} {
			require.NoError(t, w.PutAgent(t.Context(), agent(name, "h", "web")))
		}
		require.NoError(t, w.PutAgent(t.Context(), agent("d", "h", "db")))
		require.NoError(t, w.PutAgent(t.Context(), agent("b", "h", "db")))
	})
	s.read(t, func(r controlplane.Reader) {
		forward, backward := pages(t, func(span controlplane.Span[string]) ([]controlplane.Agent, error) {
			return r.Agents(t.Context(), span)
		}, agentName)
		require.Equal(t, []string{"a", "b", "c", "d"}, forward)
		require.Equal(t, []string{"d", "c", "b", "a"}, backward)
	})
}

func agentName(a controlplane.Agent) string { return a.Metadata.Name }

// countedAgents has agents in every state, some of them in a conflict.
func countedAgents(t *testing.T, s store) {
	s.write(t, func(w controlplane.Writer) {
		for i, state := range []controlplane.AgentState{
			controlplane.AgentPending, controlplane.AgentApplying, controlplane.AgentApplied, controlplane.AgentApplied, controlplane.AgentFailed, controlplane.AgentDiverged,
		} {
			a := agent(fmt.Sprint(i), "h", "web")
			a.Status.State = state
			if i < 3 {
				a.Status.Conflict = []string{"db", "web"}
			}
			require.NoError(t, w.PutAgent(t.Context(), a))
		}
		require.NoError(t, w.PutAgent(t.Context(), agent("other", "h", "db")))
	})
	s.read(t, func(r controlplane.Reader) {
		counts, err := r.CountAgents(t.Context(), "web")
		require.NoError(t, err)
		require.Equal(t, controlplane.AgentCounts{Total: 6, Pending: 1, Applying: 1, Applied: 2, Failed: 1, Diverged: 1, Conflict: 3}, counts)
		counts, err = r.CountAgents(t.Context(), "none")
		require.NoError(t, err)
		require.Zero(t, counts)
	})
}

func deletedAgent(t *testing.T, s store) {
	s.write(t, func(w controlplane.Writer) {
		require.NoError(t, w.AddConfiguration(t.Context(), configuration("a: 1")))
		require.NoError(t, w.PutAgent(t.Context(), agent("a", "h", "")))
		require.NoError(t, w.AddDesired(t.Context(), desired("a", "h", 1, 0)))
	})
	s.write(t, func(w controlplane.Writer) { require.NoError(t, w.DeleteAgent(t.Context(), "a")) })
	s.read(t, func(r controlplane.Reader) {
		_, err := r.Agent(t.Context(), "a")
		require.ErrorIs(t, err, controlplane.ErrNotFound)
		_, err = r.DesiredAt(t.Context(), "a", at(1))
		require.NoError(t, err)
	})
	err := s.Update(t.Context(), func(w controlplane.Writer) error { return w.DeleteAgent(t.Context(), "a") })
	require.ErrorIs(t, err, controlplane.ErrNotFound)
}

// wantHistory wants things on two agents of one host and one of another. Two
// changes are of the same moment, one wants nothing but the bootstrap
// configuration.
func wantHistory(t *testing.T, s store) {
	bootstrap := desired("a", "h1", 4, 30)
	bootstrap.ConfigHash, bootstrap.Deployment, bootstrap.DeploymentUID, bootstrap.Version = "", "", "", 0
	s.write(t, func(w controlplane.Writer) {
		require.NoError(t, w.AddConfiguration(t.Context(), configuration("a: 1")))
		for _, d := range []controlplane.Desired{
			desired("a", "h1", 1, 10), desired("a", "h1", 2, 20), desired("a", "h1", 3, 20), bootstrap,
			desired("b", "h1", 1, 25), desired("c", "h2", 1, 10),
		} {
			require.NoError(t, w.AddDesired(t.Context(), d))
		}
	})
}

func wantedAt(t *testing.T, s store) {
	wantHistory(t, s)
	s.read(t, func(r controlplane.Reader) {
		for minutes, generation := range map[int]int64{10: 1, 19: 1, 20: 3, 29: 3, 30: 4, 9999: 4} {
			got, err := r.DesiredAt(t.Context(), "a", at(minutes))
			require.NoError(t, err)
			require.Equal(t, generation, got.Generation, "at minute %d", minutes)
		}
		got, err := r.DesiredAt(t.Context(), "a", at(20))
		require.NoError(t, err)
		require.Equal(t, desired("a", "h1", 3, 20), got)
		_, err = r.DesiredAt(t.Context(), "a", at(9))
		require.ErrorIs(t, err, controlplane.ErrNotFound)
		forward, backward := pages(t, func(span controlplane.Span[int64]) ([]controlplane.Desired, error) {
			return r.DesiredOf(t.Context(), "a", span)
		}, func(d controlplane.Desired) int64 { return d.Generation })
		require.Equal(t, []int64{1, 2, 3, 4}, forward)
		require.Equal(t, []int64{4, 3, 2, 1}, backward)
	})
}

func wantedOnHost(t *testing.T, s store) {
	wantHistory(t, s)
	s.read(t, func(r controlplane.Reader) {
		on := func(host string, minutes int) (generations map[string]int64) {
			found, err := r.DesiredOnHost(t.Context(), host, at(minutes))
			require.NoError(t, err)
			generations = map[string]int64{}
			for _, d := range found {
				generations[d.Agent] = d.Generation
			}
			return generations
		}
		require.Empty(t, on("h1", 9))
		require.Equal(t, map[string]int64{"a": 3}, on("h1", 24))
		require.Equal(t, map[string]int64{"a": 4, "b": 1}, on("h1", 60))
		require.Equal(t, map[string]int64{"c": 1}, on("h2", 60))
		require.Empty(t, on("h3", 60))
	})
}

func attempts(t *testing.T, s store) {
	attempt := func(agent string, o controlplane.Outcome, minutes int) controlplane.Attempt {
		return controlplane.Attempt{Agent: agent, Generation: 2, ConfigHash: "abc", Outcome: o, Message: "receivers: \x1b[31m", At: at(minutes)}
	}
	s.write(t, func(w controlplane.Writer) {
		require.NoError(t, w.AddAttempt(t.Context(), attempt("a", controlplane.OutcomeApplied, 1)))
		require.NoError(t, w.AddAttempt(t.Context(), attempt("b", controlplane.OutcomeApplied, 2)))
		require.NoError(t, w.AddAttempt(t.Context(), attempt("a", controlplane.OutcomeFailed, 3)))
	})
	s.read(t, func(r controlplane.Reader) {
		forward, backward := pages(t, func(span controlplane.Span[int64]) ([]controlplane.Attempt, error) {
			return r.Attempts(t.Context(), "a", span)
		}, func(a controlplane.Attempt) int64 { return a.Sequence })
		require.Len(t, forward, 2)
		require.Less(t, forward[0], forward[1])
		require.Equal(t, []int64{forward[1], forward[0]}, backward)

		got, err := r.AttemptAt(t.Context(), "a", controlplane.OutcomeApplied, at(9))
		require.NoError(t, err)
		want := attempt("a", controlplane.OutcomeApplied, 1)
		want.Sequence = forward[0]
		require.Equal(t, want, got)
		_, err = r.AttemptAt(t.Context(), "a", controlplane.OutcomeFailed, at(2))
		require.ErrorIs(t, err, controlplane.ErrNotFound)
	})
}
