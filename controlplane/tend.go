package controlplane

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	keptEvents  = 10_000
	keptResults = 24 * time.Hour
)

// Tend does what time asks for: it ends critical entries whose time is over, and
// forgets old events and answers. The program calls it every few seconds; what
// fails is tried again the next time, and does not keep the rest from being done.
func (s *Service) Tend(ctx context.Context) error {
	deployments, err := view(ctx, s, func(r Reader) ([]PipelineDeployment, error) { return living(ctx, r) })
	if err != nil {
		return err
	}
	var errs []error
	for _, d := range deployments {
		if slices.ContainsFunc(d.Spec.Critical, func(e CriticalEntry) bool { return e.ended(s.now()) }) {
			errs = append(errs, s.endCritical(ctx, d.Metadata.Name))
		}
	}
	return errors.Join(append(errs, s.forget(ctx))...)
}

// endCritical makes a version without the entries whose time is over.
func (s *Service) endCritical(ctx context.Context, name string) error {
	_, err := change(ctx, s, system, EndCritical, deploymentObject(name), func(u *unit) (PipelineDeployment, error) {
		d, err := u.Deployment(ctx, name)
		if errors.Is(err, ErrNotFound) { // somebody was faster
			u.nothing = true
			return d, nil
		}
		if err != nil {
			return d, err
		}
		return u.endCritical(ctx, d)
	})
	if err != nil {
		return fmt.Errorf("end critical entries of %s: %w", name, err)
	}
	return nil
}

func (u *unit) endCritical(ctx context.Context, d PipelineDeployment) (PipelineDeployment, error) {
	var kept []CriticalEntry
	var over []string
	for _, e := range d.Spec.Critical {
		if e.ended(u.now) {
			over = append(over, e.Name)
		} else {
			kept = append(kept, e)
		}
	}
	if len(over) == 0 {
		u.nothing = true
		return d, nil
	}
	config, err := u.Configuration(ctx, d.Status.ConfigHash)
	if err != nil {
		return d, err
	}
	if config.Text, err = withoutCritical(config.Text, over); err != nil {
		return d, err
	}
	config.Hash = HashConfiguration(config.Text)
	draft := Draft{Name: d.Metadata.Name, Labels: d.Metadata.Labels, Spec: d.Spec, Reason: fmt.Sprintf("the time of %q is over", over)}
	draft.Spec.Critical = kept
	return u.adopt(ctx, d, draft, config, Version{Origin: OriginEnd})
}

// forget deletes what is kept for a while only.
func (s *Service) forget(ctx context.Context) error {
	now := s.now()
	return told(s.store.Update(ctx, func(w Writer) error {
		return errors.Join(w.TrimEvents(ctx, keptEvents), w.TrimResults(ctx, now.Add(-keptResults)))
	}))
}
