package catalog

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/catalog/section"
)

var update = flag.Bool("update", false, "write the expected output and the figures of the READMEs anew")

// What makes the shares of a host.
var (
	cpuMetrics = []string{"process.cpu.time{state=user}", "process.cpu.time{state=system}"}
	ioMetrics  = []string{"process.disk.io{direction=read}", "process.disk.io{direction=write}"}
)

const memoryMetric = "process.memory.usage"

func TestTheRecordingIsOfARealHost(t *testing.T) {
	scrapes := recordedScrapes(t)
	require.GreaterOrEqual(t, len(scrapes), 20)
	last := boundaries(t, scrapes)
	in := accountOf(t, byScrape(t, scrapes, last))
	running := map[string]bool{}
	born, ended := 0, 0
	for i, s := range in.scrapes {
		require.GreaterOrEqual(t, s.processes, 500, "scrape %d", i+1)
		now := map[string]bool{}
		for _, name := range s.names {
			now[name] = true
			if i > 0 && !running[name] {
				born++
			}
		}
		for name := range running {
			if !now[name] {
				ended++
			}
		}
		running = now
	}
	require.Greater(t, born, 100, "processes come")
	require.Greater(t, ended, 100, "processes go")
}

// The recording says nothing private, whoever made it.
func TestTheRecordingIsPublic(t *testing.T) {
	for _, md := range recordedScrapes(t) {
		for _, rm := range md.ResourceMetrics().All() {
			for key, v := range rm.Resource().Attributes().All() {
				switch value := v.AsString(); key {
				case "host.name":
					require.Equal(t, "recorded-host", value)
				case "host.id", "process.pid", "process.parent_pid", "process.executable.name":
				case "process.executable.path":
					require.Regexp(t, `^(/usr/bin/[^/]+)?$`, value)
				case "process.command":
					require.NotContains(t, value, " ")
				case "process.command_line":
					require.Regexp(t, `^(\S+ --redacted)?$`, value)
				case "process.owner":
					require.Regexp(t, `^(root|user-\d+)$`, value)
				default:
					require.Failf(t, "an attribute that says too much", "%s=%s", key, value)
				}
			}
		}
	}
}

func TestProcessBaseline(t *testing.T) {
	scrapes := recordedScrapes(t)
	last := boundaries(t, scrapes)
	batches := run(t, lookup(t, "process-baseline-v1"), nil, scrapes)
	requireNoCommandLines(t, batches)
	out := byScrape(t, batches, last)
	requireEverything(t, scrapes, out)
	got := accountOf(t, out)
	compare(t, templates+"process-baseline-v1/expected.txt", baselineText(got))
	compareSection(t, "process-baseline-v1", baselineFigures(got))
}

// requireEverything fails unless every scrape is what came in, apart from the
// command lines.
func requireEverything(t *testing.T, in []pmetric.Metrics, out []pmetric.ResourceMetricsSlice) {
	t.Helper()
	for i, md := range in {
		md.ResourceMetrics().RemoveIf(func(rm pmetric.ResourceMetrics) bool {
			rm.Resource().Attributes().Remove("process.command_line")
			return false
		})
		want, got := samplesOf(t, md.ResourceMetrics()), samplesOf(t, out[i])
		require.ElementsMatch(t, series(want), series(got), "scrape %d", i+1)
	}
}

// series names samples with their values.
func series(samples []sample) []string {
	all := make([]string, len(samples))
	for i, s := range samples {
		all[i] = fmt.Sprint(s.series, s.time, s.start, s.value)
	}
	slices.Sort(all)
	return all
}

func requireNoCommandLines(t *testing.T, batches []pmetric.Metrics) {
	t.Helper()
	for _, md := range batches {
		for _, rm := range md.ResourceMetrics().All() {
			_, has := rm.Resource().Attributes().Get("process.command_line")
			require.False(t, has, "the processor removes process.command_line")
		}
	}
}

func TestProcessTopK(t *testing.T) {
	scrapes := recordedScrapes(t)
	last := boundaries(t, scrapes)
	unfiltered := accountOf(t, byScrape(t, run(t, lookup(t, "process-baseline-v1"), nil, scrapes), last))
	batches := run(t, lookup(t, "process-topk-v1"), nil, scrapes)
	requireNoCommandLines(t, batches)
	got := accountOf(t, byScrape(t, batches, last))
	truth := used(t, scrapes)
	requireTotals(t, got, unfiltered, truth)
	compare(t, templates+"process-topk-v1/expected.txt", topkText(got, unfiltered, truth))
	compareSection(t, "process-topk-v1", topkFigures(got, unfiltered, truth))
}

// requireTotals fails unless names and _other_ add up to the input: levels in
// every scrape, growth over the whole recording.
func requireTotals(t *testing.T, got, unfiltered account, truth map[string]amount) {
	t.Helper()
	for i, s := range unfiltered.scrapes {
		for metric, want := range s.levels {
			require.Equal(t, want, got.scrapes[i].levels[metric], "%s in scrape %d", metric, i+1)
		}
	}
	for metric, want := range truth {
		sum := got.named[metric].plus(got.other[metric])
		require.Equal(t, want.integer, sum.integer, metric)
		require.InDelta(t, want.double, sum.double, 1e-9*max(1, want.double), metric)
	}
}

// What a critical entry names is there in every scrape in which it runs, idle
// as it is, though one process alone ranks.
func TestProcessTopKKeepsWhatIsCritical(t *testing.T) {
	scrapes := recordedScrapes(t)
	last := boundaries(t, scrapes)
	batches := run(t, lookup(t, "process-topk-v1"), map[string]any{
		"k": 1, "max_series": 1,
		"critical": []map[string]any{{
			"name":       "web",
			"conditions": []string{`IsMatch(resource.attributes["process.executable.name"], "^nginx")`},
		}},
	}, scrapes)
	in, got := accountOf(t, byScrape(t, scrapes, last)), accountOf(t, byScrape(t, batches, last))
	for i, s := range in.scrapes {
		web := slices.DeleteFunc(s.names, func(name string) bool { return !strings.HasPrefix(name, "nginx") })
		require.NotEmpty(t, web)
		require.Equal(t, web, got.scrapes[i].names, "scrape %d: the critical ones, and none else under a ceiling of 1", i+1)
	}
}

// compare holds text against a file, or writes it there with -update.
func compare(t *testing.T, file, text string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), text, "if this is meant: go test ./tests/catalog -update")
}

func compareSection(t *testing.T, template, figures string) {
	t.Helper()
	file := templates + template + "/README.md"
	readme, err := os.ReadFile(file)
	require.NoError(t, err)
	text, err := section.Replace(string(readme), "figures", figures)
	require.NoError(t, err, file)
	compare(t, file, text)
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

const heading = "What %s makes of testdata/scrapes.otlp.zst with its default parameters.\nWritten by go test ./tests/catalog -update.\n\n"

func baselineText(got account) string {
	lines := []string{"scrape\tprocesses\tseries\tbytes"}
	for i, s := range got.scrapes {
		lines = append(lines, fmt.Sprintf("%d\t%d\t%d\t%d", i+1, s.processes, s.series, s.bytes))
	}
	return fmt.Sprintf(heading, "process-baseline-v1") + table(lines)
}

func topkText(got, unfiltered account, truth map[string]amount) string {
	lines := []string{"scrape\tprocesses\tkept\tseries\tkept and _other_\tended\tbytes"}
	for i, s := range got.scrapes {
		in := unfiltered.scrapes[i]
		lines = append(lines, fmt.Sprintf("%d\t%d\t%d\t%d\t%d\t%d\t%d", i+1, in.processes, s.processes, in.series, s.series, s.ended, s.bytes))
	}
	return fmt.Sprintf(heading, "process-topk-v1") + table(lines) + "\n" + keptText(got) + "\n" + totalsText(got, truth)
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

func totalsText(got account, truth map[string]amount) string {
	lines := []string{"growth over all scrapes\tinput\tby name\t_other_\tnot accounted for"}
	for _, m := range slices.Sorted(maps.Keys(truth)) {
		named, other := got.named[m], got.other[m]
		lines = append(lines, fmt.Sprintf("%s\t%s\t%s\t%s\t%s", m, text(truth[m]), text(named), text(other),
			text(truth[m].since(named.plus(other)))))
	}
	lines = append(lines, "\t\t\t\t", "levels, summed over all scrapes\tinput\tby name\t_other_\t")
	for _, m := range slices.Sorted(maps.Keys(got.all)) {
		if _, counted := got.levels[m]; counted {
			lines = append(lines, fmt.Sprintf("%s\t%s\t%s\t%s\t", m, text(got.all[m]), text(got.levels[m]), text(got.all[m].since(got.levels[m]))))
		}
	}
	return table(lines)
}

// text is an amount to the hundredth, which is the clock's tick.
func text(a amount) string {
	if a.double != 0 {
		return strings.Replace(fmt.Sprintf("%.2f", a.double), "-0.00", "0.00", 1)
	}
	return fmt.Sprint(a.integer)
}
