package topk

import (
	"math"
	"slices"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/problems"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// Config says which processes keep their own series.
type Config struct {
	// RankBy lists what processes are ranked by. The kept set is the union.
	RankBy []Rank `mapstructure:"rank_by"`
	// RankGroup names resource attributes: processes that share their values
	// are ranked by their sum and kept together. Empty: each on its own.
	RankGroup []string `mapstructure:"rank_group"`
	// HalfLife is the age at which a rate counts half in the average that
	// ranks a process. 0: only the latest rate counts.
	HalfLife time.Duration `mapstructure:"half_life"`
	// Critical lists the processes that are never dropped.
	Critical critical.List `mapstructure:"critical"`
	// MaxSeries is the ceiling of process series out, per host and scrape, in
	// data points. Critical processes alone may exceed it. 0: none.
	MaxSeries int `mapstructure:"max_series"`
	// Hysteresis lets a process stay that is only just displaced.
	Hysteresis Hysteresis `mapstructure:"hysteresis"`
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

// Rank is one metric to rank by.
type Rank struct {
	// Metric is cpu (user and system), memory, disk_io (read and write), or
	// the name of a metric. Counters rank by their rate per second.
	Metric string `mapstructure:"metric"`
	// K is how many are kept.
	K int `mapstructure:"k"`
	// Min is the value below which nothing ranks, in the metric's unit (per
	// second for counters: cpu in cores). 0: everything ranks.
	Min float64 `mapstructure:"min"`
}

// Hysteresis lets a process that was displaced from the top stay for a while.
type Hysteresis struct {
	// Margin is how far below the last that ranks it may be, as a share.
	Margin float64 `mapstructure:"margin"`
	// Hold is for how many scrapes at most. 0: displaced at once.
	Hold int `mapstructure:"hold"`
}

const (
	maxK    = 1_000_000
	maxHold = 100
)

func createDefaultConfig() component.Config {
	s := thinning.DefaultSettings()
	return &Config{
		RankBy:         []Rank{{Metric: "cpu", K: 20, Min: 0.005}, {Metric: "memory", K: 20}},
		HalfLife:       s.HalfLife,
		MaxSeries:      s.MaxSeries,
		Hysteresis:     Hysteresis{Margin: 0.2, Hold: 3},
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

// Validate reports every problem of the values that are not of a type with a
// Validate of its own, in one line: the collector puts the path before the
// first line only.
func (c *Config) Validate() error {
	var p problems.List
	p.Check(len(c.RankBy) > 0 || len(c.Critical) > 0,
		"rank_by: is empty and so is critical, nothing would be kept; drop the key to rank by cpu and memory")
	p.Check(len(c.RankBy) <= processbatch.MaxRanks,
		"rank_by: has %d entries, at most %d are possible; remove the others", len(c.RankBy), processbatch.MaxRanks)
	for i, r := range c.RankBy {
		first := slices.IndexFunc(c.RankBy, func(o Rank) bool { return o.Metric == r.Metric })
		p.Check(r.Metric == "" || first == i, "rank_by::%d::metric: %q is ranked by entry %d already; give that one a larger k", i, r.Metric, first)
	}
	p.Check(!slices.Contains(c.RankGroup, ""), "rank_group: has an empty name; give the name of a resource attribute, such as process.executable.name")
	p.Check(!slices.Contains(c.RankGroup, "process.pid"), "rank_group: process.pid would make every process a group; drop the key to rank each on its own")
	shared := c.settings()
	shared.Check(&p)
	return p.Err()
}

// Validate reports every problem of the entry.
func (r Rank) Validate() error {
	var p problems.List
	p.Check(r.Metric != "", "metric: is empty; use cpu, memory, disk_io or the name of a metric, such as process.threads")
	p.Check(r.Metric == "" || r.possible(),
		"metric: %q is not one that processes have, nothing would be kept by it; use cpu, memory, disk_io or the name of a metric, such as process.threads", r.Metric)
	p.Check(r.K >= 1, "k: must be at least 1, got %d; remove the entry to not rank by it", r.K)
	p.Check(r.K <= maxK, "k: must be at most %d, got %d; use mode: observe to keep every process", maxK, r.K)
	p.Check(r.Min >= 0 && !math.IsInf(r.Min, 0), "min: must be a number that is not negative, got %v; drop the key to rank everything", r.Min)
	return p.Err()
}

// possible reports whether a process can have the metric.
func (r Rank) possible() bool {
	switch r.Metric {
	case "cpu", "memory", "disk_io":
		return true
	}
	return processbatch.IsProcessMetric(r.Metric)
}

// Validate reports every problem of the values.
func (h Hysteresis) Validate() error {
	var p problems.List
	p.Check(h.Margin >= 0 && h.Margin < 1, "margin: must be at least 0 and less than 1, got %v; 0.2 lets a process stay within 20 %% of the last that ranks", h.Margin)
	p.Check(h.Hold >= 0 && h.Hold <= maxHold, "hold: must be between 0 and %d scrapes, got %d; 0 lets no displaced process stay", maxHold, h.Hold)
	return p.Err()
}
