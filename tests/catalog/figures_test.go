package catalog

import "fmt"

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

func topkFigures(got, unfiltered account, truth map[string]amount) string {
	return fmt.Sprintf(basis, len(got.scrapes)) +
		"| | process-baseline-v1 | process-topk-v1 | saved |\n| --- | ---: | ---: | ---: |\n" +
		row("processes, mean of the scrapes", unfiltered.mean(processes), got.mean(processes)) +
		row("series, mean of the scrapes", unfiltered.mean(active), got.mean(active)) +
		row("different series in all scrapes together", float64(unfiltered.distinct), float64(got.distinct)) +
		row("bytes of a scrape as OTLP, before compression", unfiltered.mean(bytes), got.mean(bytes)) +
		"\n| of the host's | still under a process's own name |\n| --- | ---: |\n" +
		share("CPU time", sum(got.named, cpuMetrics...), sum(truth, cpuMetrics...)) +
		share("memory", got.levels[memoryMetric].float(), got.all[memoryMetric].float()) +
		share("disk I/O", sum(got.named, ioMetrics...), sum(truth, ioMetrics...)) +
		"\nThe rest is under `_other_`. Kept and `_other_` add up to the input: exactly for integers, to 1e-9 for the seconds of CPU time.\n"
}

func row(what string, before, after float64) string {
	return fmt.Sprintf("| %s | %.0f | %.0f | %.1f %% |\n", what, before, after, 100*(1-after/before))
}

func share(what string, part, whole float64) string {
	return fmt.Sprintf("| %s | %.1f %% |\n", what, 100*part/whole)
}
