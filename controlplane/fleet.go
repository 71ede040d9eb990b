package controlplane

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// fleet is all agents and all deployments that live, in one transaction.
type fleet struct {
	agents      []Agent
	deployments []PipelineDeployment
}

// everybody reads the whole fleet.
func everybody(ctx context.Context, r Reader) (fleet, error) {
	agents, err := all(func(s Span[string]) ([]Agent, error) { return r.Agents(ctx, s) }, func(a Agent) string { return a.Metadata.Name })
	if err != nil {
		return fleet{}, err
	}
	deployments, err := living(ctx, r)
	return fleet{agents: agents, deployments: deployments}, err
}

func living(ctx context.Context, r Reader) ([]PipelineDeployment, error) {
	return all(func(s Span[string]) ([]PipelineDeployment, error) { return r.Deployments(ctx, s) },
		func(d PipelineDeployment) string { return d.Metadata.Name })
}

// all reads a list to its end.
func all[T any](read func(Span[string]) ([]T, error), key func(T) string) (items []T, err error) {
	span := Span[string]{Limit: pageMost}
	for {
		part, err := read(span)
		if err != nil {
			return nil, err
		}
		items = append(items, part...)
		if len(part) < span.Limit {
			return items, nil
		}
		span.After = key(part[len(part)-1])
	}
}

// some reads the part of a list that a filter leaves, up to the span's limit. If
// that is little, it reads more at a time.
func some[T any](span Span[string], read func(Span[string]) ([]T, error), key func(T) string, keep func(T) bool) (items []T, err error) {
	batch := span
	for {
		part, err := read(batch)
		if err != nil {
			return nil, err
		}
		for _, item := range part {
			if keep(item) {
				items = append(items, item)
			}
			if len(items) == span.Limit {
				return items, nil
			}
		}
		if len(part) < batch.Limit {
			return items, nil
		}
		batch.After, batch.Limit = key(part[len(part)-1]), min(2*batch.Limit, pageMost)
	}
}

// deployment finds a deployment of the fleet by name.
func (f fleet) deployment(name string) (PipelineDeployment, bool) {
	i := slices.IndexFunc(f.deployments, func(d PipelineDeployment) bool { return d.Metadata.Name == name })
	if i < 0 {
		return PipelineDeployment{}, false
	}
	return f.deployments[i], true
}

// put sets a deployment of the fleet.
func (f *fleet) put(d PipelineDeployment) {
	i := slices.IndexFunc(f.deployments, func(o PipelineDeployment) bool { return o.Metadata.Name == d.Metadata.Name })
	if i < 0 {
		f.deployments = append(f.deployments, d)
		return
	}
	f.deployments[i] = d
}

// picking names the deployments that pick an agent, sorted.
func (f fleet) picking(a Agent) (names []string) {
	for _, d := range f.deployments {
		if d.picks(a) {
			names = append(names, d.Metadata.Name)
		}
	}
	slices.Sort(names)
	return names
}

// picks says whether a deployment is for an agent.
func (d PipelineDeployment) picks(a Agent) bool {
	return d.Spec.target() == TargetAgents && d.Spec.Selector.Matches(a.Metadata.Labels)
}

// free refuses a deployment that picks an agent which is another's. Agents that
// it picked before the change are no matter of this change.
func (f fleet) free(d PipelineDeployment, before *PipelineDeployment) error {
	var first string
	rivals, count := map[string]bool{}, 0
	for _, a := range f.agents {
		if !d.picks(a) || (before != nil && before.picks(a)) {
			continue
		}
		others := f.rivals(d, a)
		if len(others) > 0 && count == 0 {
			first = fmt.Sprintf("agent %s on host %s", a.Metadata.Name, a.Spec.Host)
		}
		count += min(len(others), 1)
		for _, o := range others {
			rivals[o] = true
		}
	}
	if count == 0 {
		return nil
	}
	return fail(CodeConflict, "an agent has one deployment: narrow one of the selectors", "deployment %s and deployment %s both pick %s%s",
		d.Metadata.Name, strings.Join(sortedKeys(rivals), ", "), first, more(count-1))
}

// rivals names the other deployments that pick an agent or have it.
func (f fleet) rivals(d PipelineDeployment, a Agent) []string {
	names := f.picking(a)
	if owner := a.Status.Deployment; owner != "" && !slices.Contains(names, owner) {
		names = append(names, owner)
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == d.Metadata.Name })
}

func more(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}

// decide says whose an agent is. With two deployments that pick it, it stays
// with the one that it has, and shows the conflict.
func (f fleet) decide(a Agent) (owner string, conflict []string) {
	names := f.picking(a)
	switch len(names) {
	case 0:
		return "", nil
	case 1:
		return names[0], nil
	}
	if _, lives := f.deployment(a.Status.Deployment); lives {
		return a.Status.Deployment, names
	}
	return "", names
}

// drop takes a deployment out of the fleet.
func (f *fleet) drop(name string) {
	f.deployments = slices.DeleteFunc(f.deployments, func(d PipelineDeployment) bool { return d.Metadata.Name == name })
}
