package controlplane

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

const seeLoads = "list them with GET /api/v1/loadsims"

func loadObject(name string) string { return "loadsim/" + name }

// CreateLoad asks for a load, which the next worker of its host takes.
func (s *Service) CreateLoad(ctx context.Context, by Caller, draft LoadDraft) (LoadSimulation, error) {
	if err := s.admit(ctx, by, CreateLoad, loadObject(draft.Name), draft.validate()); err != nil {
		return LoadSimulation{}, err
	}
	return commit(ctx, s, by, CreateLoad, loadObject(draft.Name), func(u *unit) (l LoadSimulation, err error) {
		if _, err := u.Load(ctx, draft.Name); !errors.Is(err, ErrNotFound) {
			if err != nil {
				return l, err
			}
			return l, fail(CodeExists, "delete it, or take another name", "there is a load simulation %s already", draft.Name)
		}
		l = LoadSimulation{
			TypeMeta: TypeMeta{APIVersion: APIVersion, Kind: KindLoadSimulation},
			Metadata: Metadata{Name: draft.Name, UID: uuid.Must(uuid.NewV7()).String(), Generation: 1, Labels: draft.Labels, CreatedAt: u.now},
			Spec:     draft.Spec, Status: LoadStatus{State: LoadPending},
		}
		u.event = "load simulation " + draft.Name + " was asked for"
		if err := u.after(l.Spec); err != nil {
			return l, err
		}
		return u.putLoad(ctx, l)
	})
}

func (u *unit) putLoad(ctx context.Context, l LoadSimulation) (LoadSimulation, error) {
	if err := u.revise(ctx, &l.Metadata); err != nil {
		return l, err
	}
	return l, u.PutLoad(ctx, l)
}

// Load returns a load simulation.
func (s *Service) Load(ctx context.Context, by Caller, name string) (LoadSimulation, error) {
	if err := s.Allow(ctx, by, Read, loadObject(name)); err != nil {
		return LoadSimulation{}, err
	}
	return view(ctx, s, func(r Reader) (LoadSimulation, error) {
		return lookup(r.Load(ctx, name))("load simulation", name, seeLoads)
	})
}

// Loads lists load simulations by name.
func (s *Service) Loads(ctx context.Context, by Caller, page Page) (List[LoadSimulation], error) {
	if err := s.Allow(ctx, by, Read, "loadsims"); err != nil {
		return List[LoadSimulation]{}, err
	}
	return view(ctx, s, func(r Reader) (List[LoadSimulation], error) {
		loads, err := r.Loads(ctx, page.names())
		return paged(loads, page.size(), func(l LoadSimulation) string { return l.Metadata.Name }), err
	})
}

// StopLoad ends a load: at once if nobody has it, else with the worker's next
// report.
func (s *Service) StopLoad(ctx context.Context, by Caller, name string) (LoadSimulation, error) {
	return change(ctx, s, by, StopLoad, loadObject(name), func(u *unit) (LoadSimulation, error) {
		l, err := lookup(u.Load(ctx, name))("load simulation", name, seeLoads)
		if err != nil || l.Status.Stop || l.Status.State.Ended() {
			u.nothing = true
			return l, err
		}
		u.event = "load simulation " + name + " was asked to stop"
		l.Status.Stop = true
		if l.Status.State == LoadPending {
			l.Status.State, l.Status.FinishedAt = LoadStopped, u.now
		}
		return u.putLoad(ctx, l)
	})
}

// DeleteLoad forgets a load. A worker that has it ends it when its next report
// is refused.
func (s *Service) DeleteLoad(ctx context.Context, by Caller, name, resourceVersion string) error {
	_, err := change(ctx, s, by, DeleteLoad, loadObject(name), func(u *unit) (struct{}, error) {
		l, err := lookup(u.Load(ctx, name))("load simulation", name, seeLoads)
		if err != nil {
			return struct{}{}, err
		}
		if err := fresh(l.Metadata, "load simulation", resourceVersion); err != nil {
			return struct{}{}, err
		}
		u.event = fmt.Sprintf("load simulation %s was deleted", name)
		if err := u.before(l.Spec); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, u.DeleteLoad(ctx, name)
	})
	return err
}
