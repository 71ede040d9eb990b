package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Answer is what an agent said of what the rollout wants of it.
type Answer int

const (
	// Unanswered includes those that are still at it.
	Unanswered Answer = iota
	Yes
	No
)

// Reading is what is known of an agent.
type Reading struct {
	Connected bool
	// Heard is when it was heard last.
	Heard  time.Time
	Answer Answer
	// Why is what it said with No.
	Why string
	// Unfit is why the rollout must leave it alone; empty: it need not.
	Unfit string
}

// Quality is what was measured of the agents that a batch had touched.
type Quality struct {
	// Known is false if there is nothing to judge by.
	Known bool
	// Missed are the gates that were missed, a sentence each.
	Missed []string
}

// Order is what is to be wanted of an agent from now on: the version, or what it
// had before.
type Order struct {
	Agent string
	Back  bool
}

// Reads says whether a step looks at the reading of an agent. Of those that it
// does not, it takes no reading for "as it was".
func (r *Rollout) Reads(a Agent) bool {
	switch a.State {
	case Offered, Returning:
		return true
	case Confirmed:
		return a.Batch == r.Batch
	case Waiting:
		return r.State == Ready
	}
	return false
}

// Measures says whether the next step asks for the quality of what was touched.
func (r *Rollout) Measures(now time.Time) bool {
	return r.State == Baking && r.Plan.Gated && r.baked(now)
}

func (r *Rollout) baked(now time.Time) bool { return now.Sub(r.Since) >= r.Plan.bake(r.Passed) }

// Step takes what is known into the rollout and moves it on by one transition at
// most. While there was one, another step may follow at once.
func (r *Rollout) Step(read map[string]Reading, q Quality, now time.Time) []Order {
	if r.State.Ended() {
		return nil
	}
	for i := range r.Agents {
		if known, ok := read[r.Agents[i].Name]; ok {
			r.take(&r.Agents[i], known, now)
		}
	}
	if r.failed() {
		return r.goBack(r.whoFailed(), now)
	}
	return r.move(read, q, now)
}

// take brings one agent up to date.
func (r *Rollout) take(a *Agent, known Reading, now time.Time) {
	if known.Unfit != "" {
		if slices.Contains([]AgentState{Waiting, Offered, Confirmed, Returning}, a.State) {
			a.turn(Skipped, known.Unfit, now)
		}
		return
	}
	switch a.State {
	case Offered:
		r.answered(a, known, now)
	case Confirmed:
		r.watched(a, known, now)
	case Returning:
		returned(a, known, r.Plan.Timeout, now)
	}
}

func (r *Rollout) answered(a *Agent, known Reading, now time.Time) {
	switch {
	case known.Answer == Yes:
		a.turn(Confirmed, "", now)
	case known.Answer == No:
		r.fail(a, Failed, known.Why, now)
	case now.Sub(a.Since) >= r.Plan.Timeout:
		r.fail(a, Silent, fmt.Sprintf("it did not confirm within %s", r.Plan.Timeout), now)
	}
}

func (r *Rollout) watched(a *Agent, known Reading, now time.Time) {
	switch {
	case known.Answer == No:
		r.fail(a, Failed, "after it had confirmed: "+known.Why, now)
	case a.Batch == r.Batch && !known.Connected && now.Sub(later(known.Heard, a.Since)) >= r.Plan.Timeout:
		r.fail(a, Silent, fmt.Sprintf("it confirmed, and was not heard of for %s", r.Plan.Timeout), now)
	}
}

// fail counts an agent against the rollout, unless that goes one way.
func (r *Rollout) fail(a *Agent, s AgentState, why string, now time.Time) {
	if r.Plan.OneWay {
		s = Diverged
	}
	a.turn(s, why, now)
}

func returned(a *Agent, known Reading, timeout time.Duration, now time.Time) {
	switch {
	case known.Answer == Yes:
		a.turn(Restored, "", now)
	case known.Answer == No:
		a.turn(Diverged, known.Why, now)
	case known.Connected && now.Sub(a.Since) >= timeout:
		a.turn(Diverged, fmt.Sprintf("it did not answer within %s", timeout), now)
	}
}

func (a *Agent) turn(s AgentState, why string, now time.Time) { a.State, a.Why, a.Since = s, why, now }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// failed says whether as many agents failed as end it.
func (r *Rollout) failed() bool {
	return r.State != RollingBack && r.Count(Failed, Silent) >= r.Plan.MostFailed
}

// mostNamed is how many agents a sentence names.
const mostNamed = 3

func (r *Rollout) whoFailed() string {
	var who []string
	for _, a := range r.Agents {
		if a.State == Failed || a.State == Silent {
			who = append(who, a.Name+": "+a.Why)
		}
	}
	n := len(who)
	if n > mostNamed {
		who = append(who[:mostNamed], fmt.Sprintf("and %d more", n-mostNamed))
	}
	return fmt.Sprintf("%d failed: %s", n, strings.Join(who, "; "))
}

// goBack has every agent that was touched return.
func (r *Rollout) goBack(why string, now time.Time) (orders []Order) {
	for i := range r.Agents {
		if a := &r.Agents[i]; slices.Contains(touched, a.State) {
			a.turn(Returning, a.Why, now)
			orders = append(orders, Order{Agent: a.Name, Back: true})
		}
	}
	r.turn(RollingBack, why, now)
	return orders
}

func (r *Rollout) turn(s State, why string, now time.Time) { r.State, r.Why, r.Since = s, why, now }

func (r *Rollout) move(read map[string]Reading, q Quality, now time.Time) []Order {
	switch r.State {
	case Ready:
		return r.begin(read, now)
	case Offering:
		r.settled(now)
	case Baking:
		return r.judge(q, now)
	case RollingBack:
		r.backAgain(read, now)
	}
	return nil
}

// begin starts the next batch with agents that are connected; if there is none
// left, the rollout is through.
func (r *Rollout) begin(read map[string]Reading, now time.Time) (orders []Order) {
	var next []*Agent
	away := 0
	for i := range r.Agents {
		switch a := &r.Agents[i]; {
		case a.State != Waiting:
		case read[a.Name].Connected:
			next = append(next, a)
		default:
			away++
		}
	}
	switch {
	case len(next) == 0 && away > 0 && r.Passed == 0:
		r.Why = fmt.Sprintf("none of %d agents is connected", away)
		return nil
	case len(next) == 0:
		r.turn(Completed, leftOver(away), now)
		return nil
	case r.Held:
		return nil
	case r.Plan.Manual && r.Released <= r.Batch:
		r.Why = fmt.Sprintf("batch %d waits for a person to continue", r.Batch+1)
		return nil
	}
	r.Batch++
	for _, a := range next[:min(len(next), r.Plan.Size(r.Passed))] {
		a.turn(Offered, "", now)
		a.Batch = r.Batch
		orders = append(orders, Order{Agent: a.Name})
	}
	r.turn(Offering, "", now)
	return orders
}

func leftOver(away int) string {
	if away == 0 {
		return ""
	}
	return fmt.Sprintf("%d agents are away, and get it when they return", away)
}

// settled has a batch watched of which everybody answered. One that nobody
// confirmed shows nothing, and the next is no greater.
func (r *Rollout) settled(now time.Time) {
	if r.Count(Offered) > 0 {
		return
	}
	for _, a := range r.Agents {
		if a.Batch == r.Batch && a.State == Confirmed {
			r.turn(Baking, "", now)
			return
		}
	}
	if r.Plan.OneWay { // nothing is learnt from it
		r.Passed++
	}
	r.turn(Ready, "", now)
}

// judge ends the watch over a batch.
func (r *Rollout) judge(q Quality, now time.Time) []Order {
	if !r.baked(now) {
		return nil
	}
	if r.Plan.Gated {
		switch {
		case len(q.Missed) > 0:
			return r.goBack("a gate was missed: "+strings.Join(q.Missed, "; "), now)
		case !q.Known:
			r.unmeasured(now)
			return nil
		}
	}
	r.Passed++
	r.turn(Ready, "", now)
	return nil
}

// unmeasured waits for measurements, and for a person in the end.
func (r *Rollout) unmeasured(now time.Time) {
	r.Why = "nothing was measured of the batch yet: see that its collectors send their own metrics here"
	if now.Sub(r.Since) >= r.Plan.bake(r.Passed)+r.Plan.Timeout {
		r.Held = true
	}
}

// backAgain ends the way back when everybody who is connected has answered. The
// others go back when they return.
func (r *Rollout) backAgain(read map[string]Reading, now time.Time) {
	for _, a := range r.Agents {
		if a.State == Returning && (read[a.Name].Connected || now.Sub(a.Since) < r.Plan.Timeout) {
			return
		}
	}
	r.turn(RolledBack, r.Why, now)
}
