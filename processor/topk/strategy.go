package topk

import (
	"slices"

	"github.com/phoenix-platform/phoenix/internal/processbatch"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// strategy makes the choosers of a configuration.
type strategy struct{ cfg *Config }

// Metrics names the rank metrics.
func (s strategy) Metrics() []string {
	names := make([]string, len(s.cfg.RankBy))
	for i, r := range s.cfg.RankBy {
		names[i] = r.Metric
	}
	return names
}

// Watch names the attributes that make a group.
func (s strategy) Watch() processbatch.Watch { return processbatch.Watch{Keys: s.cfg.RankGroup} }

// Chooser returns the chooser of a host. Who was held by a metric that is
// ranked by still goes on being held, unless the groups are others.
func (s strategy) Chooser(former thinning.Chooser) thinning.Chooser {
	c := &chooser{names: s.Metrics(), by: s.cfg.RankGroup, rankings: make([]*ranking, len(s.cfg.RankBy))}
	was, _ := former.(*chooser)
	regrouped := was == nil || !slices.Equal(was.by, c.by)
	switch {
	case !regrouped:
		c.groups = was.groups
	case len(c.by) > 0:
		c.groups = newGroups(c.by)
	}
	for i, r := range s.cfg.RankBy {
		c.rankings[i] = newRanking(r, s.cfg.Hysteresis)
		if regrouped {
			continue
		}
		if at := slices.Index(was.names, r.Metric); at >= 0 {
			c.rankings[i].held = was.rankings[at].held
		}
	}
	return c
}
