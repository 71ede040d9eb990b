package controlplane

import (
	"context"
	"fmt"
)

// Reach is what a change of a deployment does to the agents, told before it is
// made.
type Reach struct {
	// Version is the one that the change would make; 0: it makes none.
	Version int `json:"version,omitempty"`
	// ConfigHash is the configuration that would be wanted.
	ConfigHash string `json:"configHash,omitempty"`
	// Agents are those on which something else would be wanted, by name.
	Agents []Reached `json:"agents"`
	// Skipped are agents of the deployment on which nothing changes while
	// another deployment picks them as well.
	Skipped []Reached `json:"skipped,omitempty"`
}

// Reached is an agent that a change reaches.
type Reached struct {
	Name string `json:"name"`
	Host string `json:"host"`
}

// PlanDeployment says what CreateDeployment or UpdateDeployment would do with a
// draft, and is refused where these would be.
func (s *Service) PlanDeployment(ctx context.Context, by Caller, draft Draft, resourceVersion string) (Reach, error) {
	config, err := s.prepare(ctx, by, UpdateDeployment, draft)
	if err != nil {
		return Reach{}, err
	}
	return view(ctx, s, func(r Reader) (Reach, error) {
		f, err := everybody(ctx, r)
		if err != nil {
			return Reach{}, err
		}
		old, lives := f.deployment(draft.Name)
		if lives {
			if err := fresh(old.Metadata, "deployment", resourceVersion); err != nil {
				return Reach{}, err
			}
			if same(old, draft, config) {
				return Reach{ConfigHash: config.Hash, Agents: []Reached{}}, nil
			}
		}
		return f.reach(old, draft, config)
	})
}

// reach compares the fleet with what it would be.
func (f fleet) reach(old PipelineDeployment, draft Draft, config Configuration) (Reach, error) {
	d := old
	d.Metadata.Name, d.Spec = draft.Name, draft.Spec
	d.Status = DeploymentStatus{Version: old.Status.Version + 1, ConfigHash: config.Hash}
	var before *PipelineDeployment
	if old.Status.Version > 0 {
		before = &old
	}
	if err := f.free(d, before); err != nil {
		return Reach{}, err
	}
	f.put(d)
	reach := f.touched(d.Metadata.Name)
	reach.Version, reach.ConfigHash = d.Status.Version, config.Hash
	return reach, nil
}

// touched lists the agents on which something else is wanted, with those that a
// change of one deployment frees for another, and those of this deployment that
// a conflict keeps as they are.
func (f fleet) touched(name string) Reach {
	reach := Reach{Agents: []Reached{}}
	for _, a := range f.agents {
		a.Status.Deployment, a.Status.Conflict = f.decide(a)
		reached := Reached{Name: a.Metadata.Name, Host: a.Spec.Host}
		switch {
		case f.wants(a):
			reach.Agents = append(reach.Agents, reached)
		case a.Status.Deployment == name && len(a.Status.Conflict) > 0:
			reach.Skipped = append(reach.Skipped, reached)
		}
	}
	return reach
}

// PlanDeletion says what DeleteDeployment would do.
func (s *Service) PlanDeletion(ctx context.Context, by Caller, name string) (Reach, error) {
	if err := s.Allow(ctx, by, DeleteDeployment, deploymentObject(name)); err != nil {
		return Reach{}, err
	}
	return view(ctx, s, func(r Reader) (Reach, error) {
		if _, err := lookup(r.Deployment(ctx, name))("deployment", name, seeDeployments); err != nil {
			return Reach{}, err
		}
		f, err := everybody(ctx, r)
		f.drop(name)
		return f.touched(name), err
	})
}

// DeleteDeployment ends a deployment. Its agents go back to their bootstrap
// configuration, or to the one other deployment that picks them. Its versions
// stay, so that what was wanted can be told.
func (s *Service) DeleteDeployment(ctx context.Context, by Caller, name, reason, resourceVersion string) (Reach, error) {
	if err := s.admit(ctx, by, DeleteDeployment, deploymentObject(name), wrongReason(reason)); err != nil {
		return Reach{}, err
	}
	return commit(ctx, s, by, DeleteDeployment, deploymentObject(name), func(u *unit) (Reach, error) {
		d, err := u.deploymentToChange(ctx, name, resourceVersion)
		if err != nil {
			return Reach{}, err
		}
		u.record.Reason, u.event = reason, name+" was deleted"
		if err := u.before(d.audited()); err != nil {
			return Reach{}, err
		}
		if err := u.EndDeployment(ctx, d.Metadata.UID, u.now); err != nil {
			return Reach{}, err
		}
		f, err := everybody(ctx, u)
		if err != nil {
			return Reach{}, err
		}
		return f.touched(name), u.settle(ctx, f, fmt.Sprintf("deployment %s was deleted", name))
	})
}
