package catalog

import (
	"fmt"
	"strings"
)

// What makes the shares of a host.
var (
	cpuMetrics = []string{"process.cpu.time{state=user}", "process.cpu.time{state=system}"}
	ioMetrics  = []string{"process.disk.io{direction=read}", "process.disk.io{direction=write}"}
)

const memoryMetric = "process.memory.usage"

// mean is over the scrapes of an account.
func (a account) mean(of func(scrape) int) float64 {
	total := 0
	for _, s := range a.scrapes {
		total += of(s)
	}
	return float64(total) / float64(len(a.scrapes))
}

func processes(s scrape) int { return s.processes }
func active(s scrape) int    { return s.series }
func bytes(s scrape) int     { return s.bytes }

const basis = `Over %d scrapes of the recorded host (see [the catalog's README](../README.md)), with the default parameters:

`

func baselineFigures(got account) string {
	return fmt.Sprintf(basis, len(got.scrapes)) + fmt.Sprintf(`| | |
| --- | ---: |
| processes, mean of the scrapes | %.0f |
| series, mean of the scrapes | %.0f |
| different series in all scrapes together | %d |
| bytes of a scrape as OTLP, before compression | %.0f |
`, got.mean(processes), got.mean(active), got.distinct, got.mean(bytes))
}

// What a template's README says below its figures of totals.
const (
	conserved = "\nThe rest is under `_other_`. Kept and `_other_` add up to the input: exactly for integers, to 1e-9 for the seconds of CPU time.\n"
	lost      = "\nThe rest is lost.\n"
)

func thinnedFigures(got, unfiltered *outcome, truth map[string]amount) string {
	return fmt.Sprintf(basis, len(got.scrapes)) +
		fmt.Sprintf("| | %s | %s | saved |\n| --- | ---: | ---: | ---: |\n", baseline, got.template) +
		row(got.subjects()+", mean of the scrapes", unfiltered.mean(processes), got.mean(processes)) +
		row("series, mean of the scrapes", unfiltered.mean(active), got.mean(active)) +
		row("different series in all scrapes together", float64(unfiltered.distinct), float64(got.distinct)) +
		row("bytes of a scrape as OTLP, before compression", unfiltered.mean(bytes), got.mean(bytes)) +
		"\n| of the host's | still under a name of its own |\n| --- | ---: |\n" +
		fmt.Sprintf("| CPU time | %s |\n", got.cpuShare(truth)) +
		fmt.Sprintf("| memory | %s |\n", got.memoryShare(unfiltered)) +
		fmt.Sprintf("| disk I/O | %s |\n", share(sum(got.named, ioMetrics...), sum(truth, ioMetrics...)))
}

// subjects says what has a name in the outcome.
func (o *outcome) subjects() string {
	for _, name := range o.scrapes[0].names {
		if strings.HasPrefix(name, "group ") {
			return "processes, or groups of them"
		}
	}
	return "processes"
}

// cpuShare is how much of the CPU time is under names.
func (o *outcome) cpuShare(truth map[string]amount) string {
	return share(sum(o.named, cpuMetrics...), sum(truth, cpuMetrics...))
}

// memoryShare is how much of the memory is.
func (o *outcome) memoryShare(unfiltered *outcome) string {
	return share(o.levels[memoryMetric].float(), unfiltered.all[memoryMetric].float())
}

func row(what string, before, after float64) string {
	return fmt.Sprintf("| %s | %.0f | %.0f | %.1f %% |\n", what, before, after, 100*(1-after/before))
}

func share(part, whole float64) string { return fmt.Sprintf("%.1f %%", 100*part/whole) }
