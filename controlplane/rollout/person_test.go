package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane/rollout"
)

func TestHoldLetsTheBatchGoOnAndNoOther(t *testing.T) {
	s := newStage(plan(), 4)
	s.step()
	require.NoError(t, s.Hold("held by ana"))
	require.EqualError(t, s.Hold("again"), "it is held already: held by ana")
	s.allAnswer()
	s.step()
	s.pass(time.Hour)
	require.Empty(t, s.step())
	s.require(t, rollout.Ready, counts{rollout.Confirmed: 2, rollout.Waiting: 2})
	require.NoError(t, s.Resume(s.now))
	require.Len(t, s.step(), 2)
	require.EqualError(t, s.Resume(s.now), "it is not held: the rollout is Offering")
}

func TestAHeldRolloutGoesBackIfAgentsDie(t *testing.T) {
	s := newStage(plan(), 4)
	s.step()
	require.NoError(t, s.Hold("held by ana"))
	s.answer(rollout.No, "a0")
	require.Len(t, s.step(), 2)
	require.EqualError(t, s.Hold("again"), "there is nothing to hold: the rollout is RollingBack")
}

func TestAManualRolloutWaitsBeforeEachBatch(t *testing.T) {
	p := plan()
	p.Manual = true
	s := newStage(p, 3)
	for range 2 {
		require.Empty(t, s.step())
		require.Contains(t, s.Why, "waits for a person")
		require.NoError(t, s.Continue())
		require.ErrorContains(t, s.Continue(), "is released already")
		require.NotEmpty(t, s.step())
		require.ErrorContains(t, s.Continue(), "is not through")
		s.allAnswer()
		s.step()
		s.pass(time.Hour)
	}
	s.step()
	s.require(t, rollout.Completed, counts{rollout.Confirmed: 3})
	require.ErrorContains(t, newStageOf(t).Continue(), "is not manual")
}

func newStageOf(*testing.T) *stage { return newStage(plan(), 1) }

func TestExclude(t *testing.T) {
	s := newStage(plan(), 3)
	s.step()
	orders, err := s.Exclude("a0", "excluded by ana", s.now)
	require.NoError(t, err)
	require.Equal(t, []rollout.Order{{Agent: "a0", Back: true}}, orders)
	orders, err = s.Exclude("a2", "excluded by ana", s.now)
	require.NoError(t, err)
	require.Empty(t, orders, "it was not touched")
	_, err = s.Exclude("a2", "again", s.now)
	require.EqualError(t, err, "agent a2 is out already: excluded by ana")
	_, err = s.Exclude("b", "", s.now)
	require.EqualError(t, err, "agent b is none of the rollout's")
	s.answer(rollout.No, "a0")
	s.answer(rollout.Yes, "a1")
	s.step()
	s.require(t, rollout.Baking, counts{rollout.Skipped: 2, rollout.Confirmed: 1})
}

func TestSupersedeEndsIt(t *testing.T) {
	s := newStage(plan(), 3)
	s.step()
	s.Supersede("version 3 is wanted", s.now)
	require.Empty(t, s.step())
	s.Supersede("version 4 is wanted", s.now)
	require.Equal(t, "version 3 is wanted", s.Why)
}
