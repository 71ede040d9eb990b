package processgroup

import (
	"fmt"

	"go.opentelemetry.io/collector/confmap"

	"github.com/phoenix-platform/phoenix/internal/live"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// liveKeys are the keys that can change while the processor runs.
var liveKeys = []string{"critical", "mode"}

// Change returns the strategy of another configuration that differs in
// [liveKeys] alone.
func (s *strategy) Change(conf *confmap.Conf) (thinning.Settings, thinning.Strategy, error) {
	cfg := createDefaultConfig().(*Config)
	if err := live.Decode(conf, cfg); err != nil {
		return thinning.Settings{}, nil, err
	}
	if err := live.Refuse(s.cfg.fixed(), cfg.fixed(), liveKeys...); err != nil {
		return thinning.Settings{}, nil, err
	}
	next, err := newStrategy(s.set, cfg, s.builder)
	if err != nil {
		return thinning.Settings{}, nil, fmt.Errorf("groups: %w", err)
	}
	return cfg.settings(), next, nil
}

// fixed is the configuration without the keys that are live.
func (c *Config) fixed() Config {
	fixed := *c
	fixed.Critical, fixed.Mode = nil, ""
	return fixed
}
