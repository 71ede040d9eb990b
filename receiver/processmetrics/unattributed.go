package processmetrics

import "github.com/phoenix-platform/phoenix/internal/problems"

// Unattributed is a process that has the CPU time of the host that no process
// shows: of those that came and went between two scrapes, and the last part of
// each that ended.
type Unattributed struct {
	// Enabled adds it to every scrape.
	Enabled bool `mapstructure:"enabled"`
	// Name is its process.executable.name.
	Name string `mapstructure:"name"`
}

func newUnattributed() Unattributed { return Unattributed{Name: "_unattributed_"} }

// Validate reports every problem of the values.
func (u Unattributed) Validate() error {
	var p problems.List
	p.Check(!u.Enabled || u.Name != "", "name: is empty; use _unattributed_, or enabled: false for no such process")
	return p.Err()
}

// checkUnattributed reports whether what was asked for has a metric to be in.
func (c *Config) checkUnattributed(p *problems.List) {
	m := &c.MetricsBuilderConfig.Metrics
	p.Check(!c.Unattributed.Enabled || m.ProcessCPUTime.Enabled || m.ProcessCPUTimeV1.Enabled,
		"unattributed: is a share of process.cpu.time, which is turned off; turn that on, or drop unattributed")
}
