package adaptivefilter

import (
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/processbatch"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// strategy makes the choosers of a configuration, and keeps what the batches
// say of the hosts' CPUs until they choose.
type strategy struct {
	cfg       *Config
	set       component.TelemetrySettings
	gauges    []gauge
	levels    []thresholds
	least     []int // by level: the last priority that it keeps
	order     order
	machine   machine
	given     map[string]cpuReading // by host
	telemetry *telemetry
}

// newStrategy returns the strategy of a valid configuration on a machine. The
// error names the conditions that do not parse.
func newStrategy(cfg *Config, m machine, set component.TelemetrySettings) (*strategy, error) {
	s := &strategy{
		cfg: cfg, set: set, gauges: cfg.Levels.used(), levels: cfg.Levels.thresholds(),
		machine: m, given: map[string]cpuReading{},
	}
	for _, level := range cfg.Levels {
		s.least = append(s.least, cfg.Priorities.least(level))
	}
	var err error
	if s.order, err = cfg.Priorities.compile(set); err != nil {
		return nil, fmt.Errorf("priorities: %w", err)
	}
	return s, nil
}

// Metrics names what there are thresholds of.
func (s *strategy) Metrics() []string {
	names := make([]string, len(s.gauges))
	for i, g := range s.gauges {
		names[i] = g.metric
	}
	return names
}

// Watch names the attributes that priorities depend on.
func (s *strategy) Watch() processbatch.Watch {
	keys, all := s.order.matcher.Attributes()
	return processbatch.Watch{Keys: keys, All: all}
}

// Observe notes what a batch says of its hosts' CPUs.
func (s *strategy) Observe(b *processbatch.Batch) {
	if !s.cfg.Load.CPU {
		return
	}
	b.Passed(func(rm pmetric.ResourceMetrics) {
		r, ok := readSystemCPU(rm)
		if !ok {
			return
		}
		host := processbatch.HostOf(rm.Resource().Attributes())
		if _, met := s.given[host]; !met && len(s.given) >= processbatch.MaxHosts {
			clear(s.given) // of hosts that have no processes
		}
		s.given[host] = r
	})
}

// take returns what the batches said of a host's CPU since it was asked last,
// nil if that is nothing.
func (s *strategy) take(host string) *cpuReading {
	r, ok := s.given[host]
	if !ok {
		return nil
	}
	delete(s.given, host)
	return &r
}

// Chooser returns the chooser of a host. The level goes on from where the
// configuration before left it, and who was kept by a value that there are
// thresholds of still goes on being kept.
func (s *strategy) Chooser(former thinning.Chooser) thinning.Chooser {
	c := newChooser(s)
	if was, ok := former.(*chooser); ok {
		c.follow(was)
	}
	return c
}
