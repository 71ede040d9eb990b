package thinning

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/problems"
)

// Settings is what the components' configurations have in common. Their keys
// are named like the fields.
type Settings struct {
	// Critical lists the processes that are never dropped.
	Critical critical.List
	// MaxSeries is the ceiling of process series out, per host and scrape, in
	// data points. Critical processes alone may exceed it. 0: none.
	MaxSeries int
	// HalfLife is the age at which a rate counts half in a process's average.
	// 0: only the latest rate counts.
	HalfLife time.Duration
	// Other is the process that stands for all that were dropped.
	Other Other
	// Counters says what values kept counters have.
	Counters Counters
	// DropAttributes are removed from kept processes after conditions have
	// seen them.
	DropAttributes []string
	// StateLimit is how many processes are remembered, over all hosts.
	StateLimit int
	// Mode is to enforce, or to observe only.
	Mode Mode
}

// Other is the process that stands for all that were dropped.
type Other struct {
	Enabled bool `mapstructure:"enabled"`
	// Name is its process.executable.name.
	Name string `mapstructure:"name"`
}

// Counters says what values kept counters have: conserved add up with
// _other_, raw are what the scraper wrote.
type Counters string

// The values of Counters.
const (
	Conserved Counters = "conserved"
	Raw       Counters = "raw"
)

// Mode is to enforce, or to observe: decide and count, but pass everything
// through.
type Mode string

// The values of Mode.
const (
	Enforce Mode = "enforce"
	Observe Mode = "observe"
)

const maxStateLimit = 10_000_000

// DefaultSettings returns what holds for keys that a user does not set.
func DefaultSettings() Settings {
	return Settings{
		MaxSeries:      2000,
		HalfLife:       30 * time.Second,
		Other:          Other{Enabled: true, Name: "_other_"},
		Counters:       Conserved,
		DropAttributes: []string{"process.command_line"},
		StateLimit:     100_000,
		Mode:           Enforce,
	}
}

// Check notes every problem of the values that are not of a type with a
// Validate of its own.
func (s *Settings) Check(p *problems.List) {
	p.Check(s.HalfLife >= 0, "half_life: must not be negative, got %s; use 0s for the latest rate alone", s.HalfLife)
	p.Check(s.HalfLife <= 0 || s.HalfLife >= time.Millisecond,
		"half_life: %s is too short to average over; a number without a unit is in nanoseconds, write 30s for seconds", s.HalfLife)
	p.Check(s.MaxSeries >= 0, "max_series: must be at least 1, got %d; use 0 for no ceiling", s.MaxSeries)
	p.Check(s.StateLimit >= 1 && s.StateLimit <= maxStateLimit,
		"state_limit: must be between 1 and %d, got %d; drop the key to use 100000", maxStateLimit, s.StateLimit)
	p.Check(!slices.Contains(s.DropAttributes, ""), "drop_attributes: has an empty name; give the name of a resource attribute, or use [] to drop none")
	p.Check(!slices.Contains(s.DropAttributes, "process.pid"),
		"drop_attributes: process.pid tells processes apart; without it their series would collide")
}

// Validate reports an empty name.
func (o Other) Validate() error {
	if o.Enabled && o.Name == "" {
		return errors.New("name: is empty; use _other_, or enabled: false for no such process")
	}
	return nil
}

// Validate reports an unknown value.
func (c Counters) Validate() error {
	if c != Conserved && c != Raw {
		return fmt.Errorf("must be conserved or raw, got %q; drop the key to use conserved", string(c))
	}
	return nil
}

// Validate reports an unknown value.
func (m Mode) Validate() error {
	if m != Enforce && m != Observe {
		return fmt.Errorf("must be enforce or observe, got %q; drop the key to use enforce", string(m))
	}
	return nil
}
