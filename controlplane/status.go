package controlplane

import (
	"context"
	"fmt"
)

// Deployment returns a deployment with its status as of now.
func (s *Service) Deployment(ctx context.Context, by Caller, name string) (PipelineDeployment, error) {
	if err := s.Allow(ctx, by, Read, deploymentObject(name)); err != nil {
		return PipelineDeployment{}, err
	}
	return view(ctx, s, func(r Reader) (PipelineDeployment, error) {
		d, err := lookup(r.Deployment(ctx, name))("deployment", name, seeDeployments)
		if err != nil {
			return d, err
		}
		return d, d.count(ctx, r)
	})
}

// Deployments lists deployments by name, each with its status as of now.
func (s *Service) Deployments(ctx context.Context, by Caller, page Page) (List[PipelineDeployment], error) {
	if err := s.Allow(ctx, by, Read, "deployments"); err != nil {
		return List[PipelineDeployment]{}, err
	}
	return view(ctx, s, func(r Reader) (List[PipelineDeployment], error) {
		found, err := r.Deployments(ctx, page.names())
		if err != nil {
			return List[PipelineDeployment]{}, err
		}
		list := paged(found, page.size(), func(d PipelineDeployment) string { return d.Metadata.Name })
		for i := range list.Items {
			if err := list.Items[i].count(ctx, r); err != nil {
				return list, err
			}
		}
		return list, nil
	})
}

// count fills in what follows from the agents.
func (d *PipelineDeployment) count(ctx context.Context, r Reader) error {
	counts, err := r.CountAgents(ctx, d.Metadata.Name)
	if err != nil {
		return fmt.Errorf("agents of %s: %w", d.Metadata.Name, err)
	}
	d.Status.Agents, d.Status.Phase = counts, counts.phase()
	d.Status.Conditions = []Condition{counts.complete(d.Status.Version), counts.conflicting()}
	return nil
}

// Add counts a number of agents of one state, which are in a conflict or not.
func (c *AgentCounts) Add(state AgentState, conflict bool, agents int) {
	c.Total += agents
	if conflict {
		c.Conflict += agents
	}
	switch state {
	case AgentApplying:
		c.Applying += agents
	case AgentApplied:
		c.Applied += agents
	case AgentFailed:
		c.Failed += agents
	case AgentDiverged:
		c.Diverged += agents
	case AgentPending:
		c.Pending += agents
	}
}

func (c AgentCounts) phase() Phase {
	switch {
	case c.Failed+c.Diverged > 0:
		return PhaseDegraded
	case c.Applied < c.Total:
		return PhaseProgressing
	}
	return PhaseComplete
}

func (c AgentCounts) complete(version int) Condition {
	phase := c.phase()
	return Condition{
		Type: "Complete", Status: phase == PhaseComplete, Reason: string(phase),
		Message: fmt.Sprintf("%d of %d agents run version %d", c.Applied, c.Total, version),
	}
}

func (c AgentCounts) conflicting() Condition {
	if c.Conflict == 0 {
		return Condition{Type: "Conflict", Reason: "NoConflict"}
	}
	return Condition{
		Type: "Conflict", Status: true, Reason: "PickedTwice",
		Message: fmt.Sprintf("%d of its agents are picked by another deployment as well, and nothing changes on them: narrow one of the selectors", c.Conflict),
	}
}
