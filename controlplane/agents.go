package controlplane

import (
	"context"
	"fmt"
)

const seeAgents = "list them with GET /api/v1/agents"

func agentObject(name string) string { return "agent/" + name }

// auditedAgent is what the audit keeps of an agent.
type auditedAgent struct {
	UID    string            `json:"uid"`
	Host   string            `json:"host"`
	Labels map[string]string `json:"labels"`
}

func (a Agent) audited() auditedAgent {
	return auditedAgent{UID: a.Metadata.UID, Host: a.Spec.Host, Labels: a.Metadata.Labels}
}

// Agent returns an agent.
func (s *Service) Agent(ctx context.Context, by Caller, name string) (Agent, error) {
	if err := s.Allow(ctx, by, Read, agentObject(name)); err != nil {
		return Agent{}, err
	}
	return view(ctx, s, func(r Reader) (Agent, error) {
		return lookup(r.Agent(ctx, name))("agent", name, seeAgents)
	})
}

// Agents lists agents by name.
func (s *Service) Agents(ctx context.Context, by Caller, f AgentFilter, page Page) (List[Agent], error) {
	if err := s.Allow(ctx, by, Read, "agents"); err != nil {
		return List[Agent]{}, err
	}
	return view(ctx, s, func(r Reader) (List[Agent], error) {
		agents, err := some(page.names(), func(s Span[string]) ([]Agent, error) { return r.Agents(ctx, s) }, agentName, f.matches)
		return paged(agents, page.size(), agentName), err
	})
}

func agentName(a Agent) string { return a.Metadata.Name }

// LabelAgent replaces the labels of an agent, which may change the deployment
// that it belongs to. If two pick it then, it shows the conflict and keeps what
// it has.
func (s *Service) LabelAgent(ctx context.Context, by Caller, name string, labels map[string]string, reason, resourceVersion string) (Agent, error) {
	var p problems
	checkLabels(&p, "/metadata/labels", labels)
	checkReason(&p, reason)
	if err := s.admit(ctx, by, LabelAgent, agentObject(name), p.err()); err != nil {
		return Agent{}, err
	}
	return commit(ctx, s, by, LabelAgent, agentObject(name), func(u *unit) (Agent, error) {
		a, err := u.agentToChange(ctx, name, resourceVersion)
		if err != nil {
			return a, err
		}
		if equal(labelled(nil, labels), labelled(nil, a.Metadata.Labels)) {
			u.nothing = true
			return a, nil
		}
		return u.label(ctx, a, labels, reason)
	})
}

func (u *unit) label(ctx context.Context, a Agent, labels map[string]string, reason string) (Agent, error) {
	u.record.Reason, u.event = reason, fmt.Sprintf("the agent on host %s has other labels", a.Spec.Host)
	if err := u.before(a.audited()); err != nil {
		return a, err
	}
	a.Metadata.Labels = labels
	a.Metadata.Generation++
	if err := u.after(a.audited()); err != nil {
		return a, err
	}
	deployments, err := living(ctx, u)
	if err != nil {
		return a, err
	}
	return u.place(ctx, fleet{deployments: deployments}, a, "the agent's labels changed")
}

// DeleteAgent forgets an agent, whose tokens end. What was wanted of it can
// still be told. A collector that goes on enrols again, if its enrolment token
// is good.
func (s *Service) DeleteAgent(ctx context.Context, by Caller, name, reason, resourceVersion string) error {
	if err := s.admit(ctx, by, DeleteAgent, agentObject(name), wrongReason(reason)); err != nil {
		return err
	}
	_, err := commit(ctx, s, by, DeleteAgent, agentObject(name), func(u *unit) (struct{}, error) {
		a, err := u.agentToChange(ctx, name, resourceVersion)
		if err != nil {
			return struct{}{}, err
		}
		u.record.Reason, u.event = reason, fmt.Sprintf("the agent on host %s was deleted", a.Spec.Host)
		if err := u.before(a.audited()); err != nil {
			return struct{}{}, err
		}
		if err := u.want(ctx, &a, Desired{Agent: name, Host: a.Spec.Host}, "the agent was deleted"); err != nil {
			return struct{}{}, err
		}
		if err := u.RevokeTokensOf(ctx, PurposeAgent, name, u.now); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, u.DeleteAgent(ctx, name)
	})
	return err
}

// agentToChange finds an agent in the state that the caller read.
func (u *unit) agentToChange(ctx context.Context, name, resourceVersion string) (Agent, error) {
	a, err := lookup(u.Agent(ctx, name))("agent", name, seeAgents)
	if err != nil {
		return a, err
	}
	return a, fresh(a.Metadata, "agent", resourceVersion)
}

// ReleaseAgent lets an agent take a configuration again that it blocked.
func (s *Service) ReleaseAgent(ctx context.Context, by Caller, name, configHash, reason string) error {
	return s.ask(ctx, by, ReleaseAgent, name, reason, func(ctx context.Context) error {
		return s.outgoing.Release(ctx, name, configHash)
	})
}

// ResyncAgent lets an agent take what is wanted of it again.
func (s *Service) ResyncAgent(ctx context.Context, by Caller, name, reason string) error {
	return s.ask(ctx, by, ResyncAgent, name, reason, func(ctx context.Context) error { return s.outgoing.Resync(ctx, name) })
}

// ask has the agent's connection do something, which the audit tells.
func (s *Service) ask(ctx context.Context, by Caller, a Action, name, reason string, do func(context.Context) error) error {
	if err := s.admit(ctx, by, a, agentObject(name), wrongReason(reason)); err != nil {
		return err
	}
	return s.Perform(ctx, by, a, agentObject(name), reason, func(ctx context.Context) error {
		if _, err := view(ctx, s, func(r Reader) (Agent, error) { return lookup(r.Agent(ctx, name))("agent", name, seeAgents) }); err != nil {
			return err
		}
		return do(ctx)
	})
}
