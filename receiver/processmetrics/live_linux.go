package processmetrics

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/scraper/scraperhelper"

	"github.com/phoenix-platform/phoenix/internal/live"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
	"github.com/phoenix-platform/phoenix/receiver/processmetrics/internal/metadata"
)

var (
	_ live.Target    = (*selection)(nil)
	_ live.Explainer = (*selection)(nil)
)

// within is the host of what is inside the receiver: the receiver takes changes
// for it.
type within struct{ component.Host }

// GetExtensions leaves out those that changes come from.
func (w within) GetExtensions() map[component.ID]component.Component {
	others := maps.Clone(w.Host.GetExtensions())
	maps.DeleteFunc(others, func(_ component.ID, c component.Component) bool {
		_, ok := c.(live.Registry)
		return ok
	})
	return others
}

// Prepare reads the whole new configuration of the receiver. What of selection
// can change is what can change of topk and seriesmeter.
func (s *selection) Prepare(ctx context.Context, conf *confmap.Conf) (commit func(), err error) {
	next := createDefaultConfig().(*Config)
	if err := live.Decode(conf, next); err != nil {
		return nil, fmt.Errorf("%s: %w", s.id, err)
	}
	if err := s.cfg.refuse(next); err != nil {
		return nil, fmt.Errorf("%s: %w", s.id, err)
	}
	changeTopk, err := prepare(ctx, conf, "topk", s.Processor)
	if err != nil || s.meter == nil {
		return changeTopk, err
	}
	changeMeter, err := prepare(ctx, conf, "meter", s.meter)
	if err != nil {
		return nil, err
	}
	return func() { changeMeter(); changeTopk() }, nil
}

func prepare(ctx context.Context, conf *confmap.Conf, key string, target live.Target) (commit func(), err error) {
	part, err := conf.Sub("selection::" + key)
	if err == nil && key == "meter" {
		err = part.Merge(confmap.NewFromStringMap(map[string]any{"role": string(scraperecord.RoleInput)}))
	}
	if err == nil {
		commit, err = target.Prepare(ctx, part)
	}
	if err != nil {
		return nil, fmt.Errorf("selection: %s: %w", key, err)
	}
	return commit, nil
}

var errComesOrGoes = errors.New("selection: topk and meter can change but neither come nor go while the receiver runs; restart its pipelines for that")

// refuse names the keys in which two configurations differ, but for the values
// of selection. What is squashed has no key of its own.
func (c *Config) refuse(o *Config) error {
	if c.Selection.Topk.HasValue() != o.Selection.Topk.HasValue() || c.Selection.Meter.HasValue() != o.Selection.Meter.HasValue() {
		return errComesOrGoes
	}
	return errors.Join(
		live.Refuse(c.ControllerConfig, o.ControllerConfig, "selection"),
		live.Refuse(c.MetricsBuilderConfig, o.MetricsBuilderConfig, "selection"),
		live.Refuse(c.rest(), o.rest(), "selection"))
}

// rest is the configuration without what refuse compares apart.
func (c *Config) rest() Config {
	rest := *c
	rest.ControllerConfig, rest.MetricsBuilderConfig = scraperhelper.ControllerConfig{}, metadata.MetricsBuilderConfig{}
	rest.Selection = Selection{}
	return rest
}
