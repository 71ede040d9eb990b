package controlplane

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/google/uuid"
)

const seeDeployments = "list them with GET /api/v1/deployments"

// CreateDeployment makes a deployment, with its version 1, wanted on every agent
// that its selector picks. It is refused if one of these is another's.
func (s *Service) CreateDeployment(ctx context.Context, by Caller, draft Draft) (PipelineDeployment, error) {
	config, err := s.prepare(ctx, by, CreateDeployment, draft)
	if err != nil {
		return PipelineDeployment{}, err
	}
	return commit(ctx, s, by, CreateDeployment, deploymentObject(draft.Name), func(u *unit) (d PipelineDeployment, err error) {
		if _, err := u.Deployment(ctx, draft.Name); !errors.Is(err, ErrNotFound) {
			if err != nil {
				return d, err
			}
			return d, fail(CodeExists, "change it with PUT, or take another name", "there is a deployment %s already", draft.Name)
		}
		d = PipelineDeployment{
			TypeMeta: TypeMeta{APIVersion: APIVersion, Kind: KindDeployment},
			Metadata: Metadata{Name: draft.Name, UID: uuid.Must(uuid.NewV7()).String(), CreatedAt: u.now},
		}
		return u.adopt(ctx, d, draft, config, Version{Origin: OriginCreate})
	})
}

// UpdateDeployment replaces the spec, which makes a version unless it is the
// same. resourceVersion is the one that the user read; empty: any.
func (s *Service) UpdateDeployment(ctx context.Context, by Caller, draft Draft, resourceVersion string) (PipelineDeployment, error) {
	config, err := s.prepare(ctx, by, UpdateDeployment, draft)
	if err != nil {
		return PipelineDeployment{}, err
	}
	return commit(ctx, s, by, UpdateDeployment, deploymentObject(draft.Name), func(u *unit) (PipelineDeployment, error) {
		d, err := u.deploymentToChange(ctx, draft.Name, resourceVersion)
		if err != nil {
			return d, err
		}
		if same(d, draft, config) {
			u.nothing = true
			return d, nil
		}
		return u.adopt(ctx, d, draft, config, Version{Origin: OriginUpdate})
	})
}

// RollbackDeployment makes a version that has all of an earlier one again: its
// selector, its critical list, and its configuration as it was rendered then.
func (s *Service) RollbackDeployment(ctx context.Context, by Caller, name string, number int, reason, resourceVersion string) (PipelineDeployment, error) {
	if err := s.admit(ctx, by, RollbackDeployment, deploymentObject(name), wrongReason(reason)); err != nil {
		return PipelineDeployment{}, err
	}
	return commit(ctx, s, by, RollbackDeployment, deploymentObject(name), func(u *unit) (PipelineDeployment, error) {
		d, err := u.deploymentToChange(ctx, name, resourceVersion)
		if err != nil {
			return d, err
		}
		if number < 1 || number >= d.Status.Version {
			return d, invalid("/version", "version: %d; %s is at version %d, and goes back to one of 1 to %d", number, name, d.Status.Version, d.Status.Version-1)
		}
		old, err := u.Version(ctx, d.Metadata.UID, number)
		if err != nil {
			return d, fmt.Errorf("version %d of %s: %w", number, name, err)
		}
		draft := Draft{Name: name, Labels: d.Metadata.Labels, Spec: old.Spec, Reason: reason}
		return u.adopt(ctx, d, draft, Configuration{Hash: old.ConfigHash}, Version{Origin: OriginRollback, RolledBackTo: number})
	})
}

// prepare checks a draft and renders it, before any transaction.
func (s *Service) prepare(ctx context.Context, by Caller, a Action, draft Draft) (Configuration, error) {
	if err := s.admit(ctx, by, a, deploymentObject(draft.Name), draft.validate()); err != nil {
		return Configuration{}, err
	}
	config, err := s.render(ctx, draft.Spec)
	if err != nil {
		return Configuration{}, err
	}
	config.Hash = HashConfiguration(config.Text)
	return config, s.check(ctx, draft.Spec.Pipeline, config.Text)
}

// adopt makes a draft the newest version of a deployment, and settles whose the
// agents are. A configuration without text is there already.
func (u *unit) adopt(ctx context.Context, d PipelineDeployment, draft Draft, config Configuration, v Version) (PipelineDeployment, error) {
	old := d
	d.Metadata.Labels, d.Spec = draft.Labels, draft.Spec
	d.Metadata.Generation++
	d.Status = DeploymentStatus{Version: d.Status.Version + 1, ConfigHash: config.Hash}
	v.Deployment, v.Number, v.Spec, v.ConfigHash = d.Metadata.UID, d.Status.Version, d.Spec, config.Hash
	v.Author, v.Reason, v.At = u.by.Subject, draft.Reason, u.now

	f, err := everybody(ctx, u)
	if err != nil {
		return d, err
	}
	var before *PipelineDeployment
	if old.Status.Version > 0 {
		before = &old
	}
	if err := f.free(d, before); err != nil {
		return d, err
	}
	f.put(d)
	if err := u.storeVersion(ctx, &d, config, v); err != nil {
		return d, err
	}
	u.event = fmt.Sprintf("%s is at version %d", d.Metadata.Name, v.Number)
	if err := u.recordVersion(old, d, draft.Reason); err != nil {
		return d, err
	}
	return d, u.settle(ctx, f, fmt.Sprintf("version %d of %s (%s)", v.Number, d.Metadata.Name, v.Origin))
}

func (u *unit) storeVersion(ctx context.Context, d *PipelineDeployment, config Configuration, v Version) error {
	if config.Text != nil {
		config.CreatedAt = u.now
		if err := u.AddConfiguration(ctx, config); err != nil {
			return err
		}
	}
	if err := u.revise(ctx, &d.Metadata); err != nil {
		return err
	}
	if err := u.PutDeployment(ctx, *d); err != nil {
		return err
	}
	return u.AddVersion(ctx, v)
}

// state is what the audit keeps of a deployment; the versions have the rest.
type state struct {
	UID        string   `json:"uid"`
	Version    int      `json:"version"`
	ConfigHash string   `json:"configHash"`
	Selector   Selector `json:"selector"`
}

func (d PipelineDeployment) audited() state {
	return state{UID: d.Metadata.UID, Version: d.Status.Version, ConfigHash: d.Status.ConfigHash, Selector: d.Spec.Selector}
}

func (u *unit) recordVersion(old, d PipelineDeployment, reason string) error {
	u.record.Reason = reason
	if old.Status.Version > 0 {
		if err := u.before(old.audited()); err != nil {
			return err
		}
	}
	return u.after(d.audited())
}

// deploymentToChange finds a deployment in the state that the caller read.
func (u *unit) deploymentToChange(ctx context.Context, name, resourceVersion string) (PipelineDeployment, error) {
	d, err := lookup(u.Deployment(ctx, name))("deployment", name, seeDeployments)
	if err != nil {
		return d, err
	}
	return d, fresh(d.Metadata, "deployment", resourceVersion)
}

// same says whether a draft changes nothing.
func same(d PipelineDeployment, draft Draft, config Configuration) bool {
	return d.Status.ConfigHash == config.Hash && equal(d.Spec, draft.Spec) && maps.Equal(d.Metadata.Labels, draft.Labels)
}

func deploymentObject(name string) string { return "deployment/" + name }
