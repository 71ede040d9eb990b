package processmetrics

import (
	"os"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/scraper/scraperhelper"

	"github.com/phoenix-platform/phoenix/internal/problems"
	"github.com/phoenix-platform/phoenix/receiver/processmetrics/internal/metadata"
)

// Config says which metrics of which processes to read.
type Config struct {
	// ControllerConfig says how often.
	ControllerConfig scraperhelper.ControllerConfig `mapstructure:",squash"`
	// MetricsBuilderConfig turns metrics and resource attributes on and off.
	MetricsBuilderConfig metadata.MetricsBuilderConfig `mapstructure:",squash"`
	// RootPath is the host's root directory. Empty: that of the collector.
	RootPath string `mapstructure:"root_path"`
	// Include picks the processes to read. No names: all.
	Include Names `mapstructure:"include"`
	// Exclude picks those of them that are not read after all.
	Exclude Names `mapstructure:"exclude"`
	// ScrapeProcessDelay is how old a process must be to be read. 0: any age.
	ScrapeProcessDelay time.Duration `mapstructure:"scrape_process_delay"`
	// AttributesRefresh is for how long the attributes of a process are
	// believed that runs the same program. 0: they are read at every scrape.
	AttributesRefresh time.Duration `mapstructure:"attributes_refresh"`
	// ExactMemory reads memory from statm. Off, it is as in stat, which saves a
	// file and on Linux 6.2 and later is off by what the cores have not yet
	// added up.
	ExactMemory bool `mapstructure:"exact_memory"`
	// OpenFiles is how many files of processes stay open from scrape to scrape,
	// three each. 0: none. For each the kernel needs 4.4 KiB.
	OpenFiles int `mapstructure:"open_files"`
	// Unattributed is a process for the CPU time that no process shows.
	Unattributed Unattributed `mapstructure:"unattributed"`
	// Selection keeps some of the processes only.
	Selection Selection `mapstructure:"selection"`

	// MuteProcessAllErrors keeps every warning of files that cannot be read
	// out of the log.
	MuteProcessAllErrors bool `mapstructure:"mute_process_all_errors"`
	// MuteProcessNameError does so for stat and cmdline.
	MuteProcessNameError bool `mapstructure:"mute_process_name_error"`
	// MuteProcessIOError does so for io.
	MuteProcessIOError bool `mapstructure:"mute_process_io_error"`
	// MuteProcessCgroupError does so for cgroup.
	MuteProcessCgroupError bool `mapstructure:"mute_process_cgroup_error"`
	// MuteProcessExeError does so for exe.
	MuteProcessExeError bool `mapstructure:"mute_process_exe_error"`
	// MuteProcessUserError does so for users without a name.
	MuteProcessUserError bool `mapstructure:"mute_process_user_error"`
}

func createDefaultConfig() component.Config {
	return &Config{
		ControllerConfig:     scraperhelper.NewDefaultControllerConfig(),
		MetricsBuilderConfig: metadata.NewDefaultMetricsBuilderConfig(),
		AttributesRefresh:    time.Minute,
		ExactMemory:          true,
		OpenFiles:            12_000,
		Unattributed:         newUnattributed(),
		Selection:            newSelection(),
	}
}

// Validate reports every problem of the values that are not of a type with a
// Validate of its own.
func (c *Config) Validate() error {
	var p problems.List
	if c.RootPath != "" {
		_, err := os.Stat(c.RootPath)
		p.Check(err == nil, "root_path: %v; mount the host's root directory there, or drop the key to read the collector's own", err)
	}
	p.Check(c.ScrapeProcessDelay >= 0, "scrape_process_delay: must not be negative, got %s; drop the key to read processes of any age", c.ScrapeProcessDelay)
	p.Check(c.AttributesRefresh >= 0, "attributes_refresh: must not be negative, got %s; 0s reads attributes at every scrape", c.AttributesRefresh)
	p.Check(c.OpenFiles >= 0, "open_files: must not be negative, got %d; 0 keeps none open", c.OpenFiles)
	c.checkUnattributed(&p)
	return p.Err()
}
