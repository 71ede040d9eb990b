package controlplane

import (
	"context"
	"errors"
)

// Connected is what is known of an agent, the caller, when it connects.
func (s *Service) Connected(ctx context.Context, by Caller) (Agent, error) {
	if err := s.Allow(ctx, by, ReportAgent, agentObject(by.Subject)); err != nil {
		return Agent{}, err
	}
	return view(ctx, s, func(r Reader) (Agent, error) {
		return lookup(r.Agent(ctx, by.Subject))("agent", by.Subject, "it was deleted: enrol it again")
	})
}

// Disconnected notes that nobody is connected. It is for the start of a program:
// whoever was connected to the one before comes again.
func (s *Service) Disconnected(ctx context.Context) error {
	return told(s.store.Update(ctx, func(w Writer) error {
		agents, err := all(func(s Span[string]) ([]Agent, error) { return w.Agents(ctx, s) }, agentName)
		for _, a := range agents {
			if !a.Status.Report.Connected {
				continue
			}
			a.Status.Report.Connected = false
			if err := w.PutAgent(ctx, a); err != nil {
				return err
			}
		}
		return err
	}))
}

// Effective is the configuration that an agent said last that it runs, without
// secrets; nil: it did not say.
func (s *Service) Effective(ctx context.Context, by Caller, agent string) ([]byte, error) {
	if err := s.Allow(ctx, by, Read, agentObject(agent)); err != nil {
		return nil, err
	}
	return view(ctx, s, func(r Reader) ([]byte, error) {
		if _, err := lookup(r.Agent(ctx, agent))("agent", agent, seeAgents); err != nil {
			return nil, err
		}
		text, err := r.Effective(ctx, agent)
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		return text, err
	})
}
