//go:build linux

// Command record-scrapes records what the process scraper says about this
// host, scrape by scrape, with a crowd of known processes beside those that
// run anyway. Pipelines are tried on such a recording in tests.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "record-scrapes:", err)
		os.Exit(1)
	}
}

// options is what a user may set.
type options struct {
	out       string
	collector string
	scrapes   int
	interval  time.Duration
	crowd     crowd
}

const help = `Record what the process scraper says about this host, scrape by scrape.

A collector runs as a child, and a crowd of processes with it: idle ones, ones
that use a share of a core each, and short-lived ones that come and go. The
recording is written when it is complete; until then, and after an error or
Ctrl-C, the file is what it was before.

The recording can be given away. Before it is written
  - the host is called recorded-host, with a host.id that is made up;
  - executables that belong neither to the crowd and loadsim, which makes it, nor
    to this program and its collector, nor to the kernel are called service-1,
    service-2 and so on;
  - process.executable.path is /usr/bin/ and the name, process.command is the
    name, process.command_line is the name and "--redacted", each where there
    was one;
  - process.owner is root, or user-1, user-2 and so on;
  - every other attribute of a process but its PID and its parent's is removed.
What stays as it was are the PIDs, the times and the values.`

// run is the program apart from its exit.
func run(ctx context.Context, args []string, out io.Writer) error {
	var o options
	c := &cobra.Command{
		Use:           "record-scrapes --out FILE",
		Short:         "Record what the process scraper says about this host",
		Long:          help,
		Example:       "  record-scrapes --out catalog/recorded/scrapes.otlp.zst --crowd-idle 520 --crowd-busy 40 --crowd-churn 5",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			return record(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.StringVar(&o.out, "out", "", "file to write, such as scrapes.otlp.zst (required)")
	f.IntVar(&o.scrapes, "scrapes", 24, "how many scrapes to record")
	f.DurationVar(&o.interval, "interval", 2*time.Second, "time between two scrapes")
	f.IntVar(&o.crowd.idle, "crowd-idle", 0, "processes that sleep")
	f.IntVar(&o.crowd.busy, "crowd-busy", 0, "processes that use a share of a core each")
	f.Float64Var(&o.crowd.minCPU, "crowd-min-cpu", 0.002, "least share of a core that one of them uses")
	f.Float64Var(&o.crowd.maxCPU, "crowd-max-cpu", 0.06, "greatest share of a core that one of them uses")
	f.Float64Var(&o.crowd.churn, "crowd-churn", 0, "processes born each second, which live for 0.2 to 5 seconds")
	f.Uint64Var(&o.crowd.seed, "crowd-seed", 1, "seed of the crowd's births and lifetimes")
	f.StringVar(&o.collector, "collector", "bin/otelcol-phoenix", "the collector to run")
	c.SetArgs(args)
	c.SetOut(out)
	return c.ExecuteContext(ctx)
}

// validate reports every flag that cannot be.
func (o options) validate() error {
	var errs []error
	if o.out == "" {
		errs = append(errs, errors.New("--out: is missing; name the file to write"))
	}
	if o.scrapes < 1 || o.scrapes > 10_000 {
		errs = append(errs, fmt.Errorf("--scrapes: must be between 1 and 10000, got %d", o.scrapes))
	}
	if o.interval < 100*time.Millisecond {
		errs = append(errs, fmt.Errorf("--interval: must be at least 100ms, got %s", o.interval))
	}
	if info, err := os.Stat(o.collector); err != nil || info.IsDir() {
		errs = append(errs, fmt.Errorf("--collector: there is no program %s; run make build, or name another one", o.collector))
	}
	return errors.Join(append(errs, o.crowd.validate())...)
}
