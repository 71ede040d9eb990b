package controlplane

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Moment is what was wanted on an agent at a time, and what ran there.
type Moment struct {
	Wanted Desired `json:"wanted"`
	// Ran is the last configuration that the agent had confirmed; nil: none.
	Ran *Attempt `json:"ran,omitempty"`
}

// WantedAt says what was wanted on an agent at a time, and what it ran.
func (s *Service) WantedAt(ctx context.Context, by Caller, agent string, at time.Time) (Moment, error) {
	if err := s.Allow(ctx, by, Read, agentObject(agent)); err != nil {
		return Moment{}, err
	}
	return view(ctx, s, func(r Reader) (Moment, error) {
		d, err := lookup(r.DesiredAt(ctx, agent, at))("record of agent", agent, "it was not enrolled at "+at.UTC().Format(time.RFC3339))
		if err != nil {
			return Moment{}, err
		}
		return moment(ctx, r, d, at)
	})
}

// WantedOnHost is WantedAt of all agents that were on a host. Without agents
// the list is empty: nothing was wanted there.
func (s *Service) WantedOnHost(ctx context.Context, by Caller, host string, at time.Time) ([]Moment, error) {
	if err := s.Allow(ctx, by, Read, "host/"+host); err != nil {
		return nil, err
	}
	return view(ctx, s, func(r Reader) ([]Moment, error) {
		found, err := r.DesiredOnHost(ctx, host, at)
		moments := []Moment{}
		for _, d := range found {
			if d.Host != host { // it was on another host by then
				continue
			}
			m, err := moment(ctx, r, d, at)
			if err != nil {
				return nil, err
			}
			moments = append(moments, m)
		}
		return moments, err
	})
}

func moment(ctx context.Context, r Reader, d Desired, at time.Time) (Moment, error) {
	ran, err := r.AttemptAt(ctx, d.Agent, OutcomeApplied, at)
	switch {
	case errors.Is(err, ErrNotFound):
		return Moment{Wanted: d}, nil
	case err != nil:
		return Moment{}, fmt.Errorf("attempts of agent %s: %w", d.Agent, err)
	}
	return Moment{Wanted: d, Ran: &ran}, nil
}

// Wanted is what an agent that is connected is to run: the caller itself, or
// one that an operator asks for. The text of its bootstrap configuration is
// empty.
func (s *Service) Wanted(ctx context.Context, by Caller, agent string) (Desired, Configuration, error) {
	if by.Role != RoleAgent || by.Subject != agent {
		if err := s.Allow(ctx, by, Read, agentObject(agent)); err != nil {
			return Desired{}, Configuration{}, err
		}
	}
	type both struct {
		d Desired
		c Configuration
	}
	found, err := view(ctx, s, func(r Reader) (b both, err error) {
		a, err := lookup(r.Agent(ctx, agent))("agent", agent, seeAgents)
		b.d = a.Status.Wanted
		if err == nil && b.d.ConfigHash != "" {
			b.c, err = r.Configuration(ctx, b.d.ConfigHash)
		}
		return b, err
	})
	return found.d, found.c, err
}

// History lists all that was wanted of an agent, by generation.
func (s *Service) History(ctx context.Context, by Caller, agent string, page Page) (List[Desired], error) {
	return agentList(ctx, s, by, agent, page, func(r Reader, span Span[int64]) ([]Desired, error) { return r.DesiredOf(ctx, agent, span) },
		func(d Desired) string { return fmt.Sprint(d.Generation) })
}

// Attempts lists what became of the offers to an agent, by sequence.
func (s *Service) Attempts(ctx context.Context, by Caller, agent string, page Page) (List[Attempt], error) {
	return agentList(ctx, s, by, agent, page, func(r Reader, span Span[int64]) ([]Attempt, error) { return r.Attempts(ctx, agent, span) },
		func(a Attempt) string { return fmt.Sprint(a.Sequence) })
}

func agentList[T any](ctx context.Context, s *Service, by Caller, agent string, page Page, read func(Reader, Span[int64]) ([]T, error), key func(T) string) (List[T], error) {
	if err := s.Allow(ctx, by, Read, agentObject(agent)); err != nil {
		return List[T]{}, err
	}
	span, err := page.numbers()
	if err != nil {
		return List[T]{}, err
	}
	return view(ctx, s, func(r Reader) (List[T], error) {
		items, err := read(r, span)
		return paged(items, page.size(), key), err
	})
}
