package topk

import (
	"slices"

	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/internal/live"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// liveKeys are the keys that can change while the processor runs.
var liveKeys = []string{"critical", "max_series", "mode", "k and min of rank_by"}

// Change returns the strategy of another configuration that differs in
// [liveKeys] alone.
func (s strategy) Change(conf *confmap.Conf) (thinning.Settings, thinning.Strategy, error) {
	next := createDefaultConfig().(*Config)
	if err := live.Decode(conf, next); err != nil {
		return thinning.Settings{}, nil, err
	}
	if err := live.Refuse(s.cfg.fixed(), next.fixed(), liveKeys...); err != nil {
		return thinning.Settings{}, nil, err
	}
	return next.settings(), strategy{next}, nil
}

// fixed is the configuration without the keys that are live.
func (c *Config) fixed() Config {
	fixed := *c
	fixed.Critical, fixed.MaxSeries, fixed.Mode = nil, 0, ""
	fixed.RankBy = slices.Clone(c.RankBy)
	for i := range fixed.RankBy {
		fixed.RankBy[i].K, fixed.RankBy[i].Min = 0, 0
	}
	return fixed
}
