package hostagent

import (
	"context"
	"fmt"

	"github.com/phoenix-platform/phoenix/internal/ownership"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// plan is a configuration that is ready to run.
type plan struct {
	run       remoteconfig.Run
	effective *ownership.Effective
}

// plans are those that may be needed without asking the disk.
type plans map[string]*plan

// name of what a run runs: the same configuration runs for several reasons.
func name(run remoteconfig.Run) string {
	if run.Hash != "" {
		return string(run.Hash)
	}
	return string(run.Source)
}

// keep forgets the plans of other runs than these.
func (p plans) keep(runs ...remoteconfig.Run) {
	wanted := map[string]bool{}
	for _, run := range runs {
		wanted[name(run)] = true
	}
	for key := range p {
		if !wanted[key] {
			delete(p, key)
		}
	}
}

// plan returns the plan of a run, which it makes of what is on the disk if it
// is not known.
func (a *Agent) plan(run remoteconfig.Run) (*plan, error) {
	if known := a.plans[name(run)]; known != nil {
		return &plan{run, known.effective}, nil
	}
	p, err := a.compose(run, a.owner)
	if err != nil {
		return nil, err
	}
	a.plans[name(run)] = p
	return p, nil
}

// compose makes the plan of a run.
func (a *Agent) compose(run remoteconfig.Run, o owner) (*plan, error) {
	content, err := a.content(run, o)
	if err != nil {
		return nil, err
	}
	if run.Source == remoteconfig.SafeMode {
		o.config = safeMode()
	}
	effective, err := a.effective(content, o)
	if err != nil {
		return nil, err
	}
	return &plan{run, effective}, nil
}

// content is the remote part of a run. A remote configuration without content
// leaves it to the bootstrap.
func (a *Agent) content(run remoteconfig.Run, o owner) ([]byte, error) {
	switch run.Source {
	case remoteconfig.SafeMode:
		return nil, nil
	case remoteconfig.Bootstrap:
		return o.bootstrap, nil
	}
	content, err := a.life.Config(run.Hash)
	if err == nil && len(content) == 0 {
		return o.bootstrap, nil
	}
	return content, err
}

// effective puts a configuration together: the owner's parts, the remote one,
// and the guards.
func (a *Agent) effective(remote []byte, o owner) (*ownership.Effective, error) {
	guards := ownership.GuardsOf(a.file)
	guards.Reader = a.meter.Reader()
	return ownership.Compose(ownership.Parts{Owner: o.config, Remote: remote, Agent: a.file, Guards: guards, Lookup: lookup})
}

// validate returns why the collector cannot run what was put together.
func (a *Agent) validate(ctx context.Context, e *ownership.Effective, env []string) error {
	return a.opts.validator()(ctx, e.Config, env)
}

// try makes the plan of a run and validates it, when the process starts.
func (a *Agent) try(ctx context.Context, run remoteconfig.Run, o owner) (*plan, error) {
	p, err := a.compose(run, o)
	if err != nil {
		return nil, causeOf(err, remoteconfig.Refused)
	}
	if err := a.validate(ctx, p.effective, o.env); err != nil {
		return nil, causeOf(err, remoteconfig.Invalid)
	}
	return p, nil
}

// safeMode runs whatever happens to everything else: the agent reports, and the
// host's CPU time goes to the log, so that a pipeline is there.
func safeMode() map[string]any {
	return map[string]any{
		"receivers": map[string]any{"hostmetrics/safe_mode": map[string]any{
			"collection_interval": "1m", "scrapers": map[string]any{"cpu": map[string]any{}},
		}},
		"exporters": map[string]any{"debug/safe_mode": map[string]any{"verbosity": "basic"}},
		"service": map[string]any{"pipelines": map[string]any{"metrics/safe_mode": map[string]any{
			"receivers": []any{"hostmetrics/safe_mode"}, "exporters": []any{"debug/safe_mode"},
		}}},
	}
}

// said is how a run is named to people.
func said(run remoteconfig.Run) string {
	switch run.Source {
	case remoteconfig.Bootstrap:
		return "the bootstrap configuration"
	case remoteconfig.SafeMode:
		return "safe mode"
	default:
		return fmt.Sprintf("remote configuration %s (%s)", run.Hash.Short(), run.Source)
	}
}
