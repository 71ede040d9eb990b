// Package rollout decides how a version reaches the agents of a deployment:
// batch by batch, each one watched before the next, and back again by itself
// when agents fail or a gate is missed.
//
//	r := rollout.Start(plan, names, now)
//	for !r.State.Ended() {
//		orders := r.Step(readings, quality, now) // what to offer to whom
//		…                                        // stored with r, in one transaction
//	}
//
// It is arithmetic on values: it knows no store, no clock and no connection.
// A rollout that is written down after a step and read again goes on as if
// nothing had been between. docs/decisions/0015-rollouts.md has the table of
// transitions that [Transitions] and [AgentTransitions] are.
package rollout
