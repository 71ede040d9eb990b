package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/profile"
	"github.com/phoenix-platform/phoenix/loadsim/simulation"
)

// runOptions says what to simulate and how to show it.
type runOptions struct {
	parameters profile.Parameters
	// file is the custom profile's; empty: none.
	file   string
	limits limitOptions
	// fitCPU lets every process use less, so that all fit the limit.
	fitCPU bool
	truth  string
	dir    string
	// listen and otlp are where the self metrics go; empty: nowhere.
	listen, otlp string
	dryRun, json bool
}

func newRunCommand() *cobra.Command {
	o := runOptions{}
	cmd := &cobra.Command{
		Use:   "run --profile NAME",
		Short: "Make the processes of a profile until it ends",
		Long: `Make the processes of a profile. They end with the run, however it ends: after
its duration, by Ctrl-C, or when loadsim is killed.

The same profile, numbers and seed make the same processes at the same times.
A run that would exceed a limit, or what the machine can give, is refused
before the first process.`,
		Example: `  # 2,000 processes for a minute, and what they did.
  loadsim run --profile high-cardinality --process-count 2000 --truth truth.jsonl

  # 200 births a second.
  loadsim run --profile process-churn --churn-rate 200 --duration 30s

  # One's own, and what it comes to.
  loadsim run --profile custom --file shop.yaml --dry-run

  # With Prometheus metrics of its own.
  loadsim run --profile realistic --listen 127.0.0.1:9465`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := refuseZeros(cmd); err != nil {
				return err
			}
			return run(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	o.define(cmd)
	return cmd
}

func (o *runOptions) define(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	p := &o.parameters
	f.StringVar(&p.Profile, "profile", "realistic", "`NAME` of the profile; loadsim profiles lists them")
	f.StringVar(&o.file, "file", "", "YAML `FILE` of the profile custom")
	f.DurationVar(&p.Duration, "duration", 0, "how long the run takes (the profile's own if not given)")
	f.IntVar(&p.ProcessCount, "process-count", 0, "`PROCESSES` at the beginning (the profile's own if not given)")
	f.Float64Var(&p.ChurnRate, "churn-rate", 0, "`BIRTHS` per second (the profile's own if not given)")
	f.Uint64Var(&p.Seed, "seed", 1, "`NUMBER` that everything random is drawn with")
	f.StringVar(&o.truth, "truth", "", "`FILE` to write what really happened to, as JSON Lines")
	f.BoolVar(&o.dryRun, "dry-run", false, "print what the run would ask for, and make nothing")
	f.BoolVar(&o.json, "json", false, "print the summary, or the figures of --dry-run, as JSON")
	o.limits.define(f)
	f.BoolVar(&o.fitCPU, "fit-cpu", false, "let every process use less CPU in the same proportion, if all together exceed --max-cpu")
	f.StringVar(&o.listen, "listen", "", "loopback `ADDRESS` of a Prometheus endpoint with metrics of the run, such as 127.0.0.1:9465")
	f.StringVar(&o.otlp, "otlp-endpoint", "", "`URL` to send them to by OTLP over HTTP, such as http://127.0.0.1:4318")
	f.StringVar(&o.dir, "dir", "", "`FOLDER` for the executables (the temporary one if not given); programs must be allowed to run there")
}

// refuseZeros reports numbers that were given as 0: that would be the default.
func refuseZeros(cmd *cobra.Command) error {
	for _, name := range []string{"duration", "process-count", "churn-rate", "max-processes", "max-memory", "max-cpu", "max-duration", "max-births"} {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && (f.Value.String() == "0" || f.Value.String() == "0s") {
			return fmt.Errorf("--%s: is 0; give more, or leave it out", name)
		}
	}
	return nil
}

// run does it.
func run(ctx context.Context, o runOptions, stdout, stderr io.Writer) error {
	plan, err := o.plan()
	if err != nil {
		return err
	}
	limits, err := o.limits.limits()
	if err != nil {
		return err
	}
	if o.fitCPU {
		plan = limits.FitCPU(plan)
	}
	s := simulation.Settings{Plan: plan, Limits: limits, Truth: o.truth, Dir: o.dir}
	if err := s.Check(); err != nil {
		return err
	}
	if o.dryRun {
		return o.preview(plan, limits, stdout)
	}
	view := newView(plan, stdout, stderr, o.json)
	s.Observers = append(s.Observers, view)
	metrics, err := o.publish(ctx, stderr)
	if err != nil {
		return err
	}
	s.Observers = append(s.Observers, metrics.observers()...)
	view.begin(limits)
	sum, err := simulation.Run(ctx, s)
	view.end(sum)
	if stop := metrics.stop(); err == nil {
		err = stop
	}
	if o.json && err == nil {
		return encode(stdout, sum)
	}
	return err
}

// plan is made from the profile and the file.
func (o runOptions) plan() (loadsim.Plan, error) {
	p := o.parameters
	if o.file != "" && p.Profile == profile.Custom {
		file, err := profile.Read(o.file)
		if err != nil {
			return loadsim.Plan{}, err
		}
		p.File = file
	}
	if (o.file != "") != (p.Profile == profile.Custom) {
		return loadsim.Plan{}, fmt.Errorf("--file: goes with --profile custom and with no other; got the profile %q", p.Profile)
	}
	return profile.New(p)
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}
