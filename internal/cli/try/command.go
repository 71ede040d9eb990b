package try

import (
	"time"

	"github.com/spf13/cobra"
)

// Options says what to try and how to show it.
type Options struct {
	// Template is the name of a template of the catalog.
	Template string
	// Parameters are the values of its parameters that are not the default.
	Parameters map[string]any
	// Interval is the time between two scrapes, in whole seconds.
	Interval time.Duration
	// Listen is the loopback address of the Prometheus endpoint. Port 0 is any
	// free one.
	Listen string
	// Collector is the collector's path; empty: beside this program, then on
	// PATH.
	Collector string
	// Duration is after how long to end. 0: when the context is done.
	Duration time.Duration
	// Top is how many kept processes are shown.
	Top int
	// JSON prints an object per scrape in place of text.
	JSON bool
}

const long = `Try a template of the catalog on this host's real processes.

It runs the collector as a child, scrapes every process, and shows at every
scrape how many series come in and go out, which processes are kept and why,
how much of CPU, memory and disk I/O is still under a process's own name, and
that the totals add up. Nothing leaves this host: the metrics are served to
Prometheus on a loopback address, and everything is gone after Ctrl-C.

Root is not needed. Without it the disk I/O of other users' processes cannot be
read; how many those are is shown.`

const examples = `  # The default template, until Ctrl-C.
  phoenix try

  # Keep fewer, and one kind of process always.
  phoenix try --k 5 --critical database=postgres

  # One minute of JSON, an object per scrape.
  phoenix try --interval 1s --duration 1m --json

  # Any other parameter of the template, as YAML.
  phoenix try --set half_life=10 --set 'include_names=["^java$", "^node$"]'

  # A critical process that is told by more than its name.
  phoenix try --set 'critical=[{name: kafka, conditions: ["IsMatch(resource.attributes[\"process.command_line\"], \"kafka.Kafka\")", "resource.attributes[\"process.owner\"] == \"kafka\""]}]'

  # The configuration that it would run.
  phoenix try --print-config`

// flags is what the command line says.
type flags struct {
	Options
	printConfig bool
	interval    time.Duration
	k           int
	minCPU      float64
	maxSeries   int
	critical    []string
	set         []string
}

// NewCommand returns the verb.
func NewCommand() *cobra.Command {
	f := &flags{}
	cmd := &cobra.Command{
		Use:     "try",
		Short:   "Try a template on this host's processes, sending nothing anywhere",
		Long:    long,
		Example: examples,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := f.options(cmd.Flags().Changed)
			if err != nil {
				return err
			}
			if f.printConfig {
				return PrintConfig(o, cmd.OutOrStdout())
			}
			return Run(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.define(cmd)
	return cmd
}

func (f *flags) define(cmd *cobra.Command) {
	p := cmd.Flags()
	p.SortFlags = false
	p.StringVar(&f.Template, "template", "process-topk-v1", "`NAME` of the catalog's template to try")
	p.DurationVar(&f.interval, "interval", 5*time.Second, "time between two scrapes, whole seconds, at least 1s")
	p.IntVar(&f.k, "k", 0, "how many processes to keep by CPU, and how many by memory (the template's default if not given)")
	p.Float64Var(&f.minCPU, "min-cpu", 0, "`CORES` below which no process ranks by CPU (the template's default if not given)")
	p.IntVar(&f.maxSeries, "max-series", 0, "most process series out per scrape, 0 for no ceiling (the template's default if not given)")
	p.StringArrayVar(&f.critical, "critical", nil, "`NAME=EXECUTABLE`: always keep processes whose executable has this name; may be repeated")
	p.StringArrayVar(&f.set, "set", nil, "`PARAMETER=VALUE`: any other parameter of the template, its value as YAML; may be repeated")
	p.StringVar(&f.Listen, "listen", "127.0.0.1:9464", "loopback `ADDRESS` of the Prometheus endpoint; port 0 is any free one")
	p.StringVar(&f.Collector, "collector", "", "`PATH` of otelcol-phoenix (beside this program, then on PATH, if not given)")
	p.DurationVar(&f.Duration, "duration", 0, "end after this time; 0 ends at Ctrl-C")
	p.IntVar(&f.Top, "top", 10, "`ROWS` of kept processes shown at every scrape")
	p.BoolVar(&f.JSON, "json", false, "print one JSON object per scrape, with every kept process")
	p.BoolVar(&f.printConfig, "print-config", false, "print the collector's configuration and end")
}
