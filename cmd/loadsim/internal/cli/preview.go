package cli

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// preview is what a run would ask for, as JSON.
type preview struct {
	Profile    string         `json:"profile"`
	Seed       uint64         `json:"seed"`
	Parameters map[string]any `json:"parameters"`
	Seconds    float64        `json:"duration_seconds"`
	Processes  int            `json:"processes"`
	Peak       int            `json:"peak_processes"`
	Critical   int            `json:"critical"`
	BirthRate  float64        `json:"births_per_second"`
	CPU        float64        `json:"cpu_cores"`
	CPUSeconds float64        `json:"cpu_seconds"`
	Memory     int64          `json:"memory_bytes"`
	Limits     loadsim.Limits `json:"limits"`
}

// preview prints the figures of a plan beside the limits.
func (o runOptions) preview(p loadsim.Plan, l loadsim.Limits, w io.Writer) error {
	f := p.Figures()
	if o.json {
		return encode(w, preview{
			Profile: p.Profile, Seed: p.Seed, Parameters: p.Parameters, Seconds: p.Duration.Seconds(),
			Processes: f.Processes, Peak: f.Peak, Critical: f.Critical, BirthRate: f.BirthRate,
			CPU: f.CPU, CPUSeconds: f.CPUTime.Seconds(), Memory: f.Memory, Limits: l,
		})
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s, seed %d, for %s\tasked\tlimit\n", p.Profile, p.Seed, p.Duration)
	fmt.Fprintf(t, "processes at once\t%d\t%d\n", f.Peak, l.Processes)
	fmt.Fprintf(t, "births in all\t%d\t\n", f.Processes)
	fmt.Fprintf(t, "critical\t%d\t\n", f.Critical)
	fmt.Fprintf(t, "births per second\t%.4g\t%d\n", f.BirthRate, l.Births)
	fmt.Fprintf(t, "CPU, cores\t%.3f\t%.4g\n", f.CPU, l.CPU)
	fmt.Fprintf(t, "CPU, core-seconds\t%.1f\t\n", f.CPUTime.Seconds())
	fmt.Fprintf(t, "memory at most\t%s\t%s\n", loadsim.Size(f.Memory), loadsim.Size(l.Memory))
	fmt.Fprintf(t, "duration\t%s\t%s\n", p.Duration, l.Duration)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the figures: %w", err)
	}
	return nil
}
