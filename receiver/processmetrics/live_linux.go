package processmetrics

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/internal/live"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
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

var errFixed = errors.New("nothing but selection can change while the receiver runs; restart its pipelines to change more")

// Prepare reads the whole new configuration of the receiver. What of selection
// can change is what can change of topk and seriesmeter.
func (s *selection) Prepare(ctx context.Context, conf *confmap.Conf) (commit func(), err error) {
	next := createDefaultConfig().(*Config)
	if err := live.Decode(conf, next); err != nil {
		return nil, fmt.Errorf("%s: %w", s.id, err)
	}
	if !s.cfg.sameBut(next) {
		return nil, fmt.Errorf("%s: %w", s.id, errFixed)
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

// sameBut reports whether two configurations differ in the values of selection
// alone.
func (c *Config) sameBut(o *Config) bool {
	a, b := *c, *o
	a.Selection, b.Selection = Selection{}, Selection{}
	return c.Selection.Topk.HasValue() == o.Selection.Topk.HasValue() &&
		c.Selection.Meter.HasValue() == o.Selection.Meter.HasValue() && reflect.DeepEqual(a, b)
}
