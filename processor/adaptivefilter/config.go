package adaptivefilter

import (
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/problems"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// Config says which processes keep their own series.
type Config struct {
	// MaxSeries is the ceiling of process series out, per host and scrape, in
	// data points. Critical processes alone may exceed it. 0: none.
	MaxSeries int `mapstructure:"max_series"`
	// Levels are the steps of the thresholds, by load. The active one is the
	// highest whose load is reached.
	Levels Levels `mapstructure:"levels"`
	// Dwell is how long the load must have been low before a lower level is
	// active; six scrapes at least.
	Dwell time.Duration `mapstructure:"dwell"`
	// Load says what the load of a host is.
	Load Load `mapstructure:"load"`
	// WhenBusy is fewer (the default): thresholds may not fall as the load
	// rises; or more: they may not rise.
	WhenBusy WhenBusy `mapstructure:"when_busy"`
	// Priorities order the processes under the ceiling, and levels may ask for
	// one. The first that a process meets is its; the last takes the others.
	Priorities Priorities `mapstructure:"priorities"`
	// HalfLife is the age at which a rate counts half in the average that is
	// compared with the thresholds. 0: only the latest rate counts.
	HalfLife time.Duration `mapstructure:"half_life"`
	// Critical lists the processes that are never dropped.
	Critical critical.List `mapstructure:"critical"`
	// Other is the process that stands for all that were dropped.
	Other thinning.Other `mapstructure:"other"`
	// Counters says what values kept counters have: conserved (the default)
	// adds up with _other_, raw is what the scraper wrote.
	Counters thinning.Counters `mapstructure:"counters"`
	// DropAttributes are removed from kept processes after conditions have
	// seen them.
	DropAttributes []string `mapstructure:"drop_attributes"`
	// StateLimit is how many processes are remembered, over all hosts.
	StateLimit int `mapstructure:"state_limit"`
	// Mode is enforce (the default), or observe: decide and count, but pass
	// everything through.
	Mode thinning.Mode `mapstructure:"mode"`
}

// Load is the greatest of the signals that are on, each from 0 to 1.
type Load struct {
	// CPU is the share of the host's cores that is busy, this collector aside.
	CPU bool `mapstructure:"cpu"`
	// Processes is how many of them there are in the input.
	Processes Range `mapstructure:"processes"`
}

// Range says which number is a load of 0 and which one of 1. A High of 0 turns
// the signal off.
type Range struct {
	Low  int `mapstructure:"low"`
	High int `mapstructure:"high"`
}

// WhenBusy says what a busy host means for the number of processes kept.
type WhenBusy string

// The values of WhenBusy.
const (
	Fewer WhenBusy = "fewer"
	More  WhenBusy = "more"
)

// maxDwell is an hour: a level that stays for longer is no answer to the load.
const maxDwell = time.Hour

func createDefaultConfig() component.Config {
	s := thinning.DefaultSettings()
	return &Config{
		MaxSeries: 1000,
		Levels: Levels{
			{Load: 0, CPUCores: new(0.001), MemoryMiB: new(10.0)},
			{Load: 0.6, CPUCores: new(0.01), MemoryMiB: new(50.0)},
			{Load: 0.8, CPUCores: new(0.05), MemoryMiB: new(100.0)},
		},
		Dwell:          30 * time.Second,
		Load:           Load{CPU: true, Processes: Range{Low: 200, High: 2000}},
		WhenBusy:       Fewer,
		HalfLife:       s.HalfLife,
		Other:          s.Other,
		Counters:       s.Counters,
		DropAttributes: s.DropAttributes,
		StateLimit:     s.StateLimit,
		Mode:           s.Mode,
	}
}

func (c *Config) settings() thinning.Settings {
	return thinning.Settings{
		Critical: c.Critical, MaxSeries: c.MaxSeries, HalfLife: c.HalfLife, Other: c.Other, Counters: c.Counters,
		DropAttributes: c.DropAttributes, StateLimit: c.StateLimit, Mode: c.Mode,
	}
}

// shedding is the level that keeps the fewest, for when nobody knows the load.
func (c *Config) shedding() int {
	if c.WhenBusy == More {
		return 0
	}
	return len(c.Levels) - 1
}

// Validate reports every problem of the values that are not of a type with a
// Validate of its own, in one line: the collector puts the path before the
// first line only.
func (c *Config) Validate() error {
	var p problems.List
	p.Check(c.Dwell >= 0 && c.Dwell <= maxDwell, "dwell: must be between 0s and %s, got %s; drop the key to use 30s", maxDwell, c.Dwell)
	p.Check(c.Dwell <= 0 || c.Dwell >= time.Millisecond,
		"dwell: %s is shorter than any scrape; a number without a unit is in nanoseconds, write 30s for seconds", c.Dwell)
	p.Check(len(c.Levels) <= 1 || c.Load.CPU || c.Load.Processes.High > 0,
		"load: every signal is off, so only the first level could be active; turn cpu on, or give processes a high")
	c.Levels.checkOrder(&p, c.WhenBusy, c.Priorities)
	shared := c.settings()
	shared.Check(&p)
	return p.Err()
}

// Validate reports bounds that are no range.
func (r Range) Validate() error {
	var p problems.List
	p.Check(r.Low >= 0, "low: must not be negative, got %d; it is the number of processes up to which the load is 0", r.Low)
	p.Check(r.High == 0 || r.High > r.Low, "high: must be above low, which is %d, got %d; use 0 to turn the signal off", r.Low, r.High)
	return p.Err()
}

// Validate reports an unknown value.
func (w WhenBusy) Validate() error {
	if w != Fewer && w != More {
		return fmt.Errorf("must be fewer or more, got %q; drop the key to use fewer", string(w))
	}
	return nil
}
