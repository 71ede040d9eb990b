package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// This file writes what is in the templates' expected.txt.

const heading = "What %s makes of recorded/scrapes.otlp.zst with its default parameters.\nWritten by go test ./tests/catalog -update.\n\n"

func baselineText(got account) string {
	lines := []string{"scrape\tprocesses\tseries\tbytes"}
	for i, s := range got.scrapes {
		lines = append(lines, fmt.Sprintf("%d\t%d\t%d\t%d", i+1, s.processes, s.series, s.bytes))
	}
	return table(lines)
}

func thinnedText(got, unfiltered *outcome, truth map[string]amount) string {
	lines := []string{"scrape\tprocesses\tkept\tseries\tout\tended\tbytes"}
	for i, s := range got.scrapes {
		in := unfiltered.scrapes[i]
		lines = append(lines, fmt.Sprintf("%d\t%d\t%d\t%d\t%d\t%d\t%d", i+1, in.processes, s.processes, in.series, s.series, s.ended, s.bytes))
	}
	return table(lines) + "\n" + keptText(got.account) + "\n" + growthText(got.account, truth) + "\n" + levelsText(got.account, unfiltered.all)
}

// keptText says who is kept, and then who comes and goes.
func keptText(got account) string {
	var b strings.Builder
	fmt.Fprintf(&b, "kept in scrape 1:\n  %s\n", strings.Join(got.scrapes[0].names, "\n  "))
	for i, s := range got.scrapes[1:] {
		before := got.scrapes[i].names
		var changes []string
		for _, name := range s.names {
			if !slices.Contains(before, name) {
				changes = append(changes, "+"+name)
			}
		}
		for _, name := range before {
			if !slices.Contains(s.names, name) {
				changes = append(changes, "-"+name)
			}
		}
		if len(changes) > 0 {
			fmt.Fprintf(&b, "scrape %d: %s\n", i+2, strings.Join(changes, " "))
		}
	}
	return b.String()
}

func growthText(got account, truth map[string]amount) string {
	lines := []string{"growth over all scrapes\tinput\tby name\t_other_\tnot accounted for"}
	for _, m := range slices.Sorted(maps.Keys(truth)) {
		lines = append(lines, totalsRow(m, truth[m], got.named[m], got.other[m]))
	}
	return table(lines)
}

func levelsText(got account, all map[string]amount) string {
	lines := []string{"levels, summed over all scrapes\tinput\tby name\t_other_\tnot accounted for"}
	for _, m := range slices.Sorted(maps.Keys(all)) {
		lines = append(lines, totalsRow(m, all[m], got.levels[m], got.all[m].since(got.levels[m])))
	}
	return table(lines)
}

func totalsRow(metric string, input, named, other amount) string {
	return fmt.Sprintf("%s\t%s\t%s\t%s\t%s", metric, text(input), text(named), text(other), text(input.since(named.plus(other))))
}

// table lines up cells that are separated by tabs.
func table(lines []string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
	w.Flush()
	rows := strings.Split(b.String(), "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return strings.Join(rows, "\n")
}

// text is an amount to the hundredth, which is the clock's tick.
func text(a amount) string {
	if a.double != 0 {
		return strings.Replace(fmt.Sprintf("%.2f", a.double), "-0.00", "0.00", 1)
	}
	return fmt.Sprint(a.integer)
}
