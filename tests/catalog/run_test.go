package catalog

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/catalog/section"
)

var update = flag.Bool("update", false, "write the expected output and the figures of the READMEs anew")

const baseline = "process-baseline-v1"

// outcome is what a template makes of the recording with its defaults.
type outcome struct {
	template string
	in       []pmetric.Metrics
	last     []pcommon.Timestamp            // of each scrape of the recording
	batches  []pmetric.Metrics              // as they came out
	out      []pmetric.ResourceMetricsSlice // by scrape
	account
}

// outcomes are by template: several tests look at one run.
var outcomes = map[string]*outcome{}

func outcomeOf(t *testing.T, template string) *outcome {
	t.Helper()
	if outcomes[template] == nil {
		o := &outcome{template: template, in: recordedScrapes(t)}
		o.last = boundaries(t, o.in)
		o.batches = run(t, lookup(t, template), nil, o.in)
		o.out = byScrape(t, o.batches, o.last)
		o.account = accountOf(t, o.out)
		outcomes[template] = o
	}
	return outcomes[template]
}

// check holds an outcome against the template's expected.txt and the figures in
// its README.
func (o *outcome) check(t *testing.T, text, figures string) {
	t.Helper()
	requireNoCommandLines(t, o.batches)
	compare(t, templates+o.template+"/expected.txt", fmt.Sprintf(heading, o.template)+text)
	compareSection(t, templates+o.template+"/README.md", "figures", figures)
}

func TestProcessBaseline(t *testing.T) {
	o := outcomeOf(t, baseline)
	requireEverything(t, recordedScrapes(t), o.out)
	o.check(t, baselineText(o.account), baselineFigures(o.account))
}

// These have an _other_ that holds exactly the rest.
func TestProcessTopK(t *testing.T)       { checkConserved(t, "process-topk-v1", "") }
func TestProcessAggregated(t *testing.T) { checkConserved(t, "process-aggregated-v1", "") }

func TestProcessAdaptiveFilter(t *testing.T) {
	checkConserved(t, "process-adaptive-filter-v1", levelFigures(t))
}

// checkConserved checks a template; more goes below its figures.
func checkConserved(t *testing.T, template, more string) {
	t.Helper()
	o, unfiltered := outcomeOf(t, template), outcomeOf(t, baseline)
	truth := used(t, o.in)
	requireTotals(t, o.account, unfiltered.account, truth)
	o.check(t, thinnedText(o, unfiltered, truth), thinnedFigures(o, unfiltered, truth)+conserved+more)
}

func TestProcessPriorityFilter(t *testing.T) {
	o, unfiltered := outcomeOf(t, "process-priority-filter-v1"), outcomeOf(t, baseline)
	requirePriorities(t, o)
	truth := used(t, o.in)
	o.check(t, thinnedText(o, unfiltered, truth), thinnedFigures(o, unfiltered, truth)+lost)
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

// compareSection does so with a section of a Markdown file.
func compareSection(t *testing.T, file, name, body string) {
	t.Helper()
	readme, err := os.ReadFile(file)
	require.NoError(t, err)
	text, err := section.Replace(string(readme), name, body)
	require.NoError(t, err, file)
	compare(t, file, text)
}
