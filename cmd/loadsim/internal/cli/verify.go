package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/phoenix-platform/phoenix/loadsim/grade"
	"github.com/phoenix-platform/phoenix/loadsim/truth"
)

// verifyOptions says what to compare.
type verifyOptions struct {
	truth, metrics, baseline string
	// every and last are of an endpoint that is read more than once.
	every, last time.Duration
	json        bool
	required    grade.Requirements
}

func newVerifyCommand() *cobra.Command {
	o := verifyOptions{}
	var cpu, critical, seen, reduction float64
	cmd := &cobra.Command{
		Use:   "verify --truth FILE --metrics FILE|URL",
		Short: "Grade what a collector said by what really happened",
		Long: `Grade what a collector said of the processes by the truth that loadsim run wrote.

The metrics are the output of the collector's file exporter, as JSON, or a
Prometheus endpoint, which is read while the load runs. CPU is counted by the
differences between the samples of a process; what lies before the first scrape
and behind the last is left out. The user guide has the details.`,
		Example: `  # What a filter kept, against what goes in.
  loadsim verify --truth truth.jsonl --metrics kept.jsonl --baseline all.jsonl

  # As a test: exit code 1 if any of it is not reached.
  loadsim verify --truth truth.jsonl --metrics kept.jsonl --min-cpu 0.9 --min-critical 1

  # An endpoint, while a load of one minute runs.
  loadsim verify --truth truth.jsonl --metrics http://127.0.0.1:9464/metrics --for 65s`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, r := range []struct {
				flag  string
				given *float64
				set   **float64
			}{
				{"min-cpu", &cpu, &o.required.CPU},
				{"min-critical", &critical, &o.required.Critical},
				{"min-seen", &seen, &o.required.Seen},
				{"min-reduction", &reduction, &o.required.Reduction},
			} {
				if !cmd.Flags().Changed(r.flag) {
					continue
				}
				if !(*r.given >= 0 && *r.given <= 1) {
					return fmt.Errorf("--%s: %v; give a share from 0 to 1", r.flag, *r.given)
				}
				*r.set = r.given
			}
			return verify(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.truth, "truth", "", "`FILE` that loadsim run --truth wrote (required)")
	f.StringVar(&o.metrics, "metrics", "", "`FILE|URL` of what the collector said (required)")
	f.StringVar(&o.baseline, "baseline", "", "`FILE` of what it would have said without a filter, for the reduction of series")
	f.DurationVar(&o.last, "for", 0, "how long to read an endpoint; 0 is once")
	f.DurationVar(&o.every, "every", time.Second, "how often to read it")
	f.BoolVar(&o.json, "json", false, "print a JSON object")
	f.Float64Var(&cpu, "min-cpu", 0, "fail if less than this `SHARE` of the CPU has a name")
	f.Float64Var(&critical, "min-critical", 0, "fail if critical processes were at less than this `SHARE` of the scrapes")
	f.Float64Var(&seen, "min-seen", 0, "fail if less than this `SHARE` of the processes was seen")
	f.Float64Var(&reduction, "min-reduction", 0, "fail if series are fewer by less than this `SHARE`")
	return cmd
}

// verify does it.
func verify(ctx context.Context, o verifyOptions, w io.Writer) error {
	if err := o.validate(); err != nil {
		return err
	}
	observed, err := o.observe(ctx)
	if err != nil {
		return err
	}
	var baseline *grade.Observation
	if o.baseline != "" {
		if baseline, err = grade.ReadFile(o.baseline); err != nil {
			return err
		}
	}
	// Read last: while an endpoint was read, the load may have ended.
	t, err := truth.ReadFile(o.truth)
	if err != nil {
		return err
	}
	report, err := grade.Grade(t, observed, baseline)
	if err != nil {
		return err
	}
	if err := o.print(report, w); err != nil {
		return err
	}
	return o.required.Check(report)
}

func (o verifyOptions) validate() error {
	var errs []error
	if o.truth == "" {
		errs = append(errs, errors.New("--truth: is missing; name the file that loadsim run --truth wrote"))
	}
	if o.metrics == "" {
		errs = append(errs, errors.New("--metrics: is missing; name a file of the file exporter, or a Prometheus endpoint"))
	}
	if o.every < 100*time.Millisecond {
		errs = append(errs, fmt.Errorf("--every: %s; give at least 100ms", o.every))
	}
	if o.last < 0 {
		errs = append(errs, fmt.Errorf("--for: %s; give 0 or more", o.last))
	}
	return errors.Join(errs...)
}

// observe reads the metrics.
func (o verifyOptions) observe(ctx context.Context) (*grade.Observation, error) {
	if strings.HasPrefix(o.metrics, "http://") || strings.HasPrefix(o.metrics, "https://") {
		return grade.Poll(ctx, o.metrics, o.every, o.last)
	}
	return grade.ReadFile(o.metrics)
}

func (o verifyOptions) print(r *grade.Report, w io.Writer) error {
	if o.json {
		return encode(w, r)
	}
	return printReport(r, w)
}
