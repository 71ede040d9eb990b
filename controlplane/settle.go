package controlplane

import (
	"context"
	"maps"
	"slices"
)

// settle gives each agent the deployment that it belongs to now, and writes
// what is wanted of it where that changed. Here every agent gets a new version
// at once.
func (u *unit) settle(ctx context.Context, f fleet, reason string) error {
	for _, a := range f.agents {
		if err := u.settleAgent(ctx, f, a, reason); err != nil {
			return err
		}
	}
	return nil
}

func (u *unit) settleAgent(ctx context.Context, f fleet, a Agent, reason string) error {
	owner, conflict := f.decide(a)
	moved := owner != a.Status.Deployment || !slices.Equal(conflict, a.Status.Conflict)
	if !moved && !f.wants(a) {
		return nil
	}
	_, err := u.place(ctx, f, a, reason)
	return err
}

// place gives an agent the deployment that it belongs to now, and stores it.
func (u *unit) place(ctx context.Context, f fleet, a Agent, reason string) (Agent, error) {
	a.Status.Deployment, a.Status.Conflict = f.decide(a)
	if f.wants(a) {
		if err := u.want(ctx, &a, f.wanted(a), reason); err != nil {
			return a, err
		}
	}
	if err := u.revise(ctx, &a.Metadata); err != nil {
		return a, err
	}
	return a, u.PutAgent(ctx, a)
}

// wants says whether something else is wanted of an agent than before.
func (f fleet) wants(a Agent) bool {
	last, next := a.Status.Wanted, f.wanted(a)
	return last.Generation == 0 || last.DeploymentUID != next.DeploymentUID || last.Version != next.Version || last.Host != next.Host
}

// wanted is what an agent's deployment wants of it; without one its bootstrap
// configuration. While two deployments pick it, an agent that has one goes on
// with what it has.
func (f fleet) wanted(a Agent) Desired {
	next := Desired{Agent: a.Metadata.Name, Host: a.Spec.Host}
	d, owned := f.deployment(a.Status.Deployment)
	switch {
	case owned && len(a.Status.Conflict) > 0:
		last := a.Status.Wanted
		next.ConfigHash, next.Deployment, next.DeploymentUID, next.Version = last.ConfigHash, last.Deployment, last.DeploymentUID, last.Version
	case owned:
		next.ConfigHash, next.Deployment, next.DeploymentUID, next.Version = d.Status.ConfigHash, d.Metadata.Name, d.Metadata.UID, d.Status.Version
	}
	return next
}

// want writes what is wanted of an agent from now on.
func (u *unit) want(ctx context.Context, a *Agent, next Desired, reason string) error {
	last := a.Status.Wanted
	next.Generation, next.Reason, next.At = last.Generation+1, reason, u.now
	if next.At.Before(last.At) { // the clock was set back
		next.At = last.At
	}
	a.Status.Wanted = next
	a.Status.State = a.Status.state()
	u.woken = append(u.woken, next.Agent)
	return u.AddDesired(ctx, next)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
