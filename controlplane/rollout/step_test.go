package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane/rollout"
)

type counts = map[rollout.AgentState]int

func TestABatchIsConfirmedAndWatchedBeforeTheNext(t *testing.T) {
	s := newStage(plan(), 9)
	require.Equal(t, []rollout.Order{{Agent: "a0"}, {Agent: "a1"}}, s.step())
	s.require(t, rollout.Offering, counts{rollout.Offered: 2, rollout.Waiting: 7})

	s.answer(rollout.Yes, "a0")
	require.Empty(t, s.step())
	s.answer(rollout.Yes, "a1")
	require.Empty(t, s.step())
	s.require(t, rollout.Baking, counts{rollout.Confirmed: 2, rollout.Waiting: 7})

	s.pass(2*time.Minute - 1)
	require.Empty(t, s.step())
	s.pass(1)
	require.Len(t, s.step(), 3)
	s.allAnswer()
	s.step()
	s.pass(30 * time.Second)
	require.Len(t, s.step(), 3, "the last size goes on")
	s.allAnswer()
	s.step()
	s.pass(30 * time.Second)
	require.Len(t, s.step(), 1)
	s.allAnswer()
	s.step()
	s.require(t, rollout.Baking, counts{rollout.Confirmed: 9})
	s.pass(30 * time.Second)
	s.step()
	s.require(t, rollout.Completed, counts{rollout.Confirmed: 9})
}

func TestNobodyIsToldTwice(t *testing.T) {
	s := newStage(plan(), 2)
	require.Len(t, s.step(), 2)
	require.Empty(t, s.step())
}

func TestWithoutAgentsThereIsNothingToDo(t *testing.T) {
	s := newStage(plan(), 0)
	s.step()
	s.require(t, rollout.Completed, counts{})
}

// TestWhatEndsIt has one batch of two fail in each of the ways there are; both
// are to go back, and nobody else is touched.
func TestWhatEndsIt(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*stage)
		why     string
	}{
		"it says no": {func(s *stage) { s.answer(rollout.No, "a0") }, "1 failed: a0: exit status 1"},
		"it never answers": {func(s *stage) {
			s.answer(rollout.Yes, "a1")
			s.step()
			s.pass(2 * time.Minute)
		}, "1 failed: a0: it did not confirm within 2m0s"},
		"it dies after it confirmed": {func(s *stage) {
			s.allAnswer()
			s.step()
			s.answer(rollout.No, "a1")
		}, "1 failed: a1: after it had confirmed: exit status 1"},
		"it is lost after it confirmed": {func(s *stage) {
			s.allAnswer()
			s.step()
			s.set("a1", func(r *rollout.Reading) { r.Connected = false })
			s.Plan.Bake[0] = time.Hour
			s.pass(2 * time.Minute)
		}, "1 failed: a1: it confirmed, and was not heard of for 2m0s"},
		"a gate is missed": {func(s *stage) {
			s.Plan.Gated = true
			s.allAnswer()
			s.step()
			s.pass(2 * time.Minute)
			s.quality = rollout.Quality{Known: true, Missed: []string{"critical nginx was dropped on web-1"}}
		}, "a gate was missed: critical nginx was dropped on web-1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(plan(), 9)
			s.step()
			c.happens(s)
			require.ElementsMatch(t, []rollout.Order{{Agent: "a0", Back: true}, {Agent: "a1", Back: true}}, s.step())
			s.require(t, rollout.RollingBack, counts{rollout.Returning: 2, rollout.Waiting: 7})
			require.Equal(t, c.why, s.Why)

			s.answer(rollout.Yes, "a0")
			s.answer(rollout.No, "a1")
			s.step()
			s.require(t, rollout.RolledBack, counts{rollout.Restored: 1, rollout.Diverged: 1, rollout.Waiting: 7})
			require.Equal(t, c.why, s.Why)
			require.Empty(t, s.step())
		})
	}
}

func TestADeathInALaterBatchTakesAllBatchesBack(t *testing.T) {
	s := newStage(plan(), 9)
	s.step()
	s.allAnswer()
	s.step()
	s.pass(2 * time.Minute)
	s.step()
	s.allAnswer()
	s.step()
	// a0 is of the first batch, which nobody looks at unless something happened.
	read := s.known()
	require.NotContains(t, read, "a0")
	s.answer(rollout.No, "a0")
	read["a0"] = s.read["a0"]
	require.Len(t, s.Step(read, s.quality, s.now), 5)
}

func TestMoreMayFailIfThePlanSaysSo(t *testing.T) {
	p := plan()
	p.MostFailed = 2
	s := newStage(p, 9)
	s.step()
	s.answer(rollout.No, "a0")
	s.answer(rollout.Yes, "a1")
	s.step()
	s.require(t, rollout.Baking, counts{rollout.Failed: 1, rollout.Confirmed: 1, rollout.Waiting: 7})
	s.answer(rollout.No, "a1")
	require.Len(t, s.step(), 2)
	require.Contains(t, s.Why, "2 failed: a0: exit status 1; a1: after it had confirmed")
}

func TestABatchThatNobodyConfirmedDoesNotPass(t *testing.T) {
	p := plan()
	p.MostFailed = 5
	s := newStage(p, 9)
	s.step()
	s.answer(rollout.No, "a0", "a1")
	require.Len(t, s.step(), 2, "the next batch is no greater")
	require.Zero(t, s.Passed)
}

func TestAgentsThatAreAway(t *testing.T) {
	s := newStage(plan(), 3)
	for _, n := range []string{"a0", "a1", "a2"} {
		s.set(n, func(r *rollout.Reading) { r.Connected = false })
	}
	require.Empty(t, s.step())
	s.require(t, rollout.Ready, counts{rollout.Waiting: 3})
	require.Equal(t, "none of 3 agents is connected", s.Why)

	s.set("a1", func(r *rollout.Reading) { r.Connected = true })
	require.Equal(t, []rollout.Order{{Agent: "a1"}}, s.step(), "they keep nobody waiting")
	s.allAnswer()
	s.step()
	s.pass(2 * time.Minute)
	s.step()
	s.require(t, rollout.Completed, counts{rollout.Confirmed: 1, rollout.Waiting: 2})
	require.Equal(t, "2 agents are away, and get it when they return", s.Why)
}

func TestOneThatIsUnfitIsLeftAloneAndCountsNot(t *testing.T) {
	s := newStage(plan(), 3)
	s.set("a0", func(r *rollout.Reading) { r.Unfit = "it lacks processors/topk" })
	s.step()
	s.require(t, rollout.Offering, counts{rollout.Skipped: 1, rollout.Offered: 2})
	s.set("a1", func(r *rollout.Reading) { r.Unfit = "it left the deployment" })
	s.allAnswer()
	s.step()
	s.require(t, rollout.Baking, counts{rollout.Skipped: 2, rollout.Confirmed: 1})
}

func TestAWayBackEndsWithoutThoseWhoAreAway(t *testing.T) {
	s := newStage(plan(), 2)
	s.step()
	s.answer(rollout.No, "a0")
	s.set("a1", func(r *rollout.Reading) { r.Connected = false })
	s.step()
	s.answer(rollout.Unanswered, "a0")
	s.pass(2 * time.Minute)
	s.step()
	s.require(t, rollout.RolledBack, counts{rollout.Diverged: 1, rollout.Returning: 1})
}

func TestOneWayListsWhoFails(t *testing.T) {
	p := rollout.Plan{Batches: []int{2}, Bake: []time.Duration{0}, Timeout: time.Minute, MostFailed: 1, OneWay: true}
	s := newStage(p, 4)
	s.step()
	s.answer(rollout.No, "a0", "a1")
	require.Len(t, s.step(), 2)
	s.allAnswer()
	s.step()
	s.require(t, rollout.Completed, counts{rollout.Diverged: 2, rollout.Confirmed: 2})
}

func TestWithoutMeasurementsAPersonIsAsked(t *testing.T) {
	p := plan()
	p.Gated = true
	s := newStage(p, 4)
	s.step()
	s.allAnswer()
	s.step()
	require.False(t, s.Measures(s.now))
	s.pass(2 * time.Minute)
	require.True(t, s.Measures(s.now))
	s.step()
	require.False(t, s.Held)
	s.pass(2 * time.Minute)
	s.step()
	require.True(t, s.Held)
	require.Contains(t, s.Why, "nothing was measured")
	s.require(t, rollout.Baking, counts{rollout.Confirmed: 2, rollout.Waiting: 2})

	require.NoError(t, s.Resume(s.now))
	s.quality.Known = true
	require.Empty(t, s.step(), "it is watched anew")
	s.pass(2 * time.Minute)
	require.Len(t, s.step(), 2)
}

func TestSizeAfter(t *testing.T) {
	p := plan()
	for agents, want := range map[int]int{0: 2, 1: 2, 2: 3, 4: 3, 5: 3, 1000: 3} {
		require.Equal(t, want, p.SizeAfter(agents), "after %d", agents)
	}
}
