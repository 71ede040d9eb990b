package rollout

import (
	"fmt"
	"slices"
	"time"
)

// Refused is why a person's wish cannot be done now.
type Refused string

func (r Refused) Error() string { return string(r) }

// Hold lets no further batch begin.
func (r *Rollout) Hold(why string) error {
	switch {
	case r.State.Ended() || r.State == RollingBack:
		return Refused("there is nothing to hold: the rollout is " + string(r.State))
	case r.Held:
		return Refused("it is held already: " + r.Why)
	}
	r.Held, r.Why = true, why
	return nil
}

// Resume lets batches begin again. A batch that was held as nothing was measured
// is watched anew.
func (r *Rollout) Resume(now time.Time) error {
	if r.State.Ended() || !r.Held {
		return Refused("it is not held: the rollout is " + string(r.State))
	}
	r.Held, r.Why = false, ""
	if r.State == Baking && r.baked(now) {
		r.Since = now
	}
	return nil
}

// Continue releases the next batch of a manual rollout.
func (r *Rollout) Continue() error {
	switch {
	case !r.Plan.Manual:
		return Refused("its batches follow by themselves: the rollout is not manual")
	case r.State != Ready:
		return Refused(fmt.Sprintf("batch %d is not through: the rollout is %s", r.Batch, r.State))
	case r.Released > r.Batch:
		return Refused(fmt.Sprintf("batch %d is released already", r.Batch+1))
	}
	r.Released, r.Why = r.Batch+1, ""
	return nil
}

// Exclude takes an agent out: it counts no more, and goes back if it was
// touched.
func (r *Rollout) Exclude(name, why string, now time.Time) ([]Order, error) {
	i := slices.IndexFunc(r.Agents, func(a Agent) bool { return a.Name == name })
	if i < 0 {
		return nil, Refused("agent " + name + " is none of the rollout's")
	}
	a := &r.Agents[i]
	if a.State == Skipped {
		return nil, Refused("agent " + name + " is out already: " + a.Why)
	}
	var orders []Order
	if slices.Contains(touched, a.State) {
		orders = []Order{{Agent: name, Back: true}}
	}
	a.turn(Skipped, why, now)
	return orders, nil
}

// Supersede ends the rollout as it is.
func (r *Rollout) Supersede(why string, now time.Time) {
	if !r.State.Ended() {
		r.turn(Superseded, why, now)
	}
}
