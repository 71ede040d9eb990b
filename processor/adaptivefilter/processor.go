package adaptivefilter

import (
	"fmt"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"

	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// newProcessor makes the processor of a valid configuration on a machine.
func newProcessor(set processor.Settings, cfg *Config, m machine, next consumer.Metrics) (*thinning.Processor, error) {
	s, err := newStrategy(cfg, m, set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	if s.telemetry, err = newTelemetry(set); err != nil {
		return nil, fmt.Errorf("declare own metrics: %w", err)
	}
	return thinning.New(set, cfg.settings(), s, s.telemetry.shared(), next)
}
