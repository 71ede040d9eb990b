package rollout_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/controlplane/rollout"
)

// TestARolloutKeepsItsRules lets anything happen to agents, clocks and people in
// any order, with the rollout written down and read again at any time, and holds
// every step against the rules.
func TestARolloutKeepsItsRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		t.Repeat(map[string]func(*rapid.T){
			"step": w.step, "answer": w.answer, "leave": w.leave, "return": w.comeBack, "unfit": w.unfit,
			"wait": w.wait, "measure": w.measure, "restart": w.restart,
			"hold": w.hold, "resume": w.resume, "continue": w.goOn, "exclude": w.exclude, "supersede": w.supersede,
			"": w.check,
		})
	})
}

// world is a rollout with what is true of its agents.
type world struct {
	*stage
	before rollout.Rollout
	// told counts the orders of each agent.
	offers, backs map[string]int
	touched       []string
}

func newWorld(t *rapid.T) *world {
	p := rollout.Plan{
		Batches: rapid.SliceOfN(rapid.IntRange(1, 4), 1, 3).Draw(t, "batches"), Bake: []time.Duration{2 * time.Minute, time.Minute},
		Timeout: 2 * time.Minute, MostFailed: rapid.IntRange(1, 3).Draw(t, "most failed"),
		Manual: rapid.Bool().Draw(t, "manual"), Gated: rapid.Bool().Draw(t, "gated"), OneWay: rapid.Bool().Draw(t, "one way"),
	}
	w := &world{stage: newStage(p, rapid.IntRange(0, 12).Draw(t, "agents")), offers: map[string]int{}, backs: map[string]int{}}
	w.remember()
	return w
}

func (w *world) remember() {
	w.before = w.Rollout
	w.before.Agents = slices.Clone(w.Agents)
}

func (w *world) someone(t *rapid.T) string {
	if len(w.Agents) == 0 {
		t.Skip("there are no agents")
	}
	return rapid.SampledFrom(w.Agents).Draw(t, "agent").Name
}

func (w *world) step(t *rapid.T) {
	passed := w.Passed
	orders := w.Step(w.known(), w.quality, w.now)
	w.obey(t, orders)
	offered := slices.DeleteFunc(slices.Clone(orders), func(o rollout.Order) bool { return o.Back })
	require.LessOrEqual(t, len(offered), w.Plan.Size(passed), "a batch is no greater than planned")
	if len(offered) > 0 {
		require.Equal(t, rollout.Ready, w.before.State)
		require.False(t, w.before.Held, "a held rollout begins no batch")
		require.True(t, !w.Plan.Manual || w.before.Released > w.before.Batch, "a manual one only with a person's word")
		require.Zero(t, w.before.Count(rollout.Offered), "the batch before has answered")
	}
}

// obey does what orders say, as a driver does.
func (w *world) obey(t *rapid.T, orders []rollout.Order) {
	for _, o := range orders {
		w.set(o.Agent, func(r *rollout.Reading) { r.Answer = rollout.Unanswered })
		if o.Back {
			w.backs[o.Agent]++
			require.Contains(t, w.touched, o.Agent, "only who was touched goes back")
		} else {
			w.offers[o.Agent]++
			w.touched = append(w.touched, o.Agent)
		}
		require.LessOrEqual(t, w.offers[o.Agent], 1, "%s gets it once", o.Agent)
		require.LessOrEqual(t, w.backs[o.Agent], 1, "%s goes back once", o.Agent)
	}
}

func (w *world) answer(t *rapid.T) {
	name := w.someone(t)
	if s := w.agent(name).State; s == rollout.Waiting {
		t.Skip("it was asked nothing")
	}
	w.stage.answer(rapid.SampledFrom([]rollout.Answer{rollout.Yes, rollout.Yes, rollout.No}).Draw(t, "answer"), name)
}

func (w *world) leave(t *rapid.T) {
	w.set(w.someone(t), func(r *rollout.Reading) { r.Connected = false })
}

func (w *world) comeBack(t *rapid.T) {
	w.set(w.someone(t), func(r *rollout.Reading) { r.Connected, r.Heard = true, w.now })
}

func (w *world) unfit(t *rapid.T) {
	w.set(w.someone(t), func(r *rollout.Reading) { r.Unfit = "it left the deployment" })
}

func (w *world) wait(t *rapid.T) {
	w.pass(time.Duration(rapid.IntRange(-10, 180).Draw(t, "seconds")) * time.Second)
}

func (w *world) measure(t *rapid.T) {
	w.quality = rollout.Quality{Known: rapid.Bool().Draw(t, "known")}
	if rapid.Bool().Draw(t, "missed") {
		w.quality.Missed = []string{"reduction"}
	}
}

// restart writes the rollout down and reads it again.
func (w *world) restart(t *rapid.T) {
	agents, err := json.Marshal(w.Agents)
	require.NoError(t, err)
	text, err := json.Marshal(w.Rollout)
	require.NoError(t, err)
	w.Rollout = rollout.Rollout{}
	require.NoError(t, json.Unmarshal(text, &w.Rollout))
	require.NoError(t, json.Unmarshal(agents, &w.Agents))
}

func (w *world) hold(*rapid.T)   { _ = w.Hold("held by ana") }
func (w *world) resume(*rapid.T) { _ = w.Resume(w.now) }
func (w *world) goOn(*rapid.T)   { _ = w.Continue() }

func (w *world) exclude(t *rapid.T) {
	orders, err := w.Exclude(w.someone(t), "excluded by ana", w.now)
	if err == nil {
		w.obey(t, orders)
	}
}

func (w *world) supersede(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "rarely") == 0 {
		w.Supersede("another version is wanted", w.now)
	}
}

// check holds what was against what is.
func (w *world) check(t *rapid.T) {
	if w.State != w.before.State {
		require.Contains(t, rollout.Transitions[w.before.State], w.State, "from %s", w.before.State)
	}
	for i, a := range w.Agents {
		was := w.before.Agents[i].State
		if a.State != was {
			require.Contains(t, rollout.AgentTransitions[was], a.State, "%s was %s", a.Name, was)
		}
		require.Equal(t, w.offers[a.Name] > 0, slices.Contains(w.touched, a.Name))
	}
	require.GreaterOrEqual(t, w.Passed, w.before.Passed)
	w.checkEnd(t)
	w.remember()
}

func (w *world) checkEnd(t *rapid.T) {
	switch w.State {
	case rollout.Completed:
		require.Zero(t, w.Count(rollout.Offered, rollout.Returning))
		require.Less(t, w.Count(rollout.Failed, rollout.Silent), w.Plan.MostFailed)
	case rollout.RollingBack, rollout.RolledBack:
		require.False(t, w.Plan.OneWay)
		require.Zero(t, w.Count(rollout.Offered, rollout.Confirmed, rollout.Failed, rollout.Silent), "everybody touched is on the way back")
	}
}
