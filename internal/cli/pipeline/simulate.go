package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/catalog/recorded"
	"github.com/phoenix-platform/phoenix/controlplane/simulation"
	"github.com/phoenix-platform/phoenix/internal/recording"
)

// SimulateOptions says what to simulate and how to show it.
type SimulateOptions struct {
	// Template is the name of a template of the catalog, in place of a file.
	Template string
	// Recording is the path of recorded scrapes; empty: those of the catalog.
	Recording string
	// Collector is the collector's path; empty: beside this program, then on
	// PATH.
	Collector string
	// Top is how many of the dropped processes are shown.
	Top int
	// JSON prints the whole result as JSON.
	JSON bool
}

const simulateLong = `Run the processors of a pipeline over recorded scrapes of a host, and show how
many series go in and come out, which processes would no longer have series of
their own, and why. Nothing of the configuration but its processors runs.`

const simulateExamples = `  # What would the default template do to the host that the catalog recorded?
  phoenix pipeline simulate --template process-topk-v1

  # And this configuration to a host of your own?
  phoenix pipeline simulate config.yaml --recording scrapes.otlp.zst --json`

func newSimulateCommand() *cobra.Command {
	var o SimulateOptions
	cmd := &cobra.Command{
		Use:     "simulate [FILE]",
		Short:   "Show what a pipeline would do to a recorded host",
		Long:    simulateLong,
		Example: simulateExamples,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return Simulate(cmd.Context(), args, o, cmd.OutOrStdout())
		},
	}
	p := cmd.Flags()
	p.SortFlags = false
	p.StringVar(&o.Template, "template", "", "`NAME` of a template of the catalog to simulate in place of FILE")
	p.StringVar(&o.Recording, "recording", "", "`PATH` of scrapes that record-scrapes recorded (those of the catalog if not given)")
	p.StringVar(&o.Collector, "collector", "", "`PATH` of otelcol-phoenix (beside this program, then on PATH, if not given)")
	p.IntVar(&o.Top, "top", 10, "`ROWS` of dropped processes shown")
	p.BoolVar(&o.JSON, "json", false, "print the whole result as JSON")
	return cmd
}

// Simulate prints what a pipeline makes of a recording.
func Simulate(ctx context.Context, args []string, o SimulateOptions, stdout io.Writer) error {
	s, err := read(args, o.Template)
	if err != nil {
		return err
	}
	scrapes, err := o.scrapes()
	if err != nil {
		return err
	}
	path, err := findCollector(o.Collector)
	if err != nil {
		return err
	}
	r, err := (&simulation.Simulator{Binary: path}).Run(ctx, s.text, scrapes)
	if err != nil {
		return fmt.Errorf("simulate %s: %w", s.name, err)
	}
	if o.JSON {
		e := json.NewEncoder(stdout)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	return showResult(stdout, r, o.Top)
}

func (o SimulateOptions) scrapes() ([]pmetric.Metrics, error) {
	if o.Recording == "" {
		return recorded.Scrapes()
	}
	f, err := os.Open(o.Recording)
	if err != nil {
		return nil, fmt.Errorf("--recording: %w", err)
	}
	defer f.Close()
	return recording.Read(f)
}

func showResult(out io.Writer, r simulation.Result, top int) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "per scrape\tin\tout\n")
	for _, row := range []struct {
		name string
		flow simulation.Flow
	}{
		{"processes", r.PerScrape(r.Processes)}, {"series", r.PerScrape(r.Series)}, {"points", r.PerScrape(r.Points)}, {"series in all", r.Distinct},
	} {
		fmt.Fprintf(w, "%s\t%d\t%d\n", row.name, row.flow.In, row.flow.Out)
	}
	fmt.Fprintf(w, "\n%.1f %% of the series of %d scrapes are not sent.\n", 100*r.SavedShare, len(r.Scrapes))
	if shown := min(max(top, 0), len(r.Dropped)); shown > 0 {
		fmt.Fprintf(w, "\n%d of %d processes without series of their own\tpid\tCPU s\tscrapes\twhy\n", shown, len(r.Dropped))
		for _, d := range r.Dropped[:shown] {
			fmt.Fprintf(w, "%q\t%d\t%.2f\t%d\t%s\n", d.Name, d.PID, d.CPU, d.Scrapes, d.Reason)
		}
	}
	return w.Flush()
}
