package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
)

// tiny is large enough for 40 processes to be kept, and quick.
var tiny = scale{scraped: []int{20}, scrapedTarget: 20, scrapingRounds: 2, small: 60, middle: 200, large: 300, sent: 200, rounds: 2, largeRounds: 2}

func TestEveryRowIsMeasured(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(&out, tiny))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2+1+12+14, out.String()) // what was fixed, headings, rows
	for _, row := range []string{
		"CopyTo", "filter by data point", "filter by resource", "cumulativetodelta", "walk", "growth", "both meters",
		"per dropped point", "per emitted point", "B per process", "protobuf", "gzip", "hostmetrics", "loop in C", "files kept open", "with selection", "its reading alone", "allocations/process",
	} {
		require.Contains(t, out.String(), row)
	}
}

func TestAMissedTargetIsALineThatSaysSo(t *testing.T) {
	rows := table{
		{work: "a", ratio: 0.4, target: 0.5},
		{work: "b", ratio: 0.6, target: 0.5},
		{work: "c", ratio: 0.6, target: none},
		{work: "d", ratio: 0, target: 0},
	}
	var out strings.Builder
	require.NoError(t, rows.write(&out))
	lines := strings.Split(out.String(), "\n")
	require.Regexp(t, `^a .* <= 0\.5 +pass$`, lines[1])
	require.Regexp(t, `^b .* <= 0\.5 +short$`, lines[2])
	require.Regexp(t, `^c .* - +-$`, lines[3])
	require.Regexp(t, `^d .* <= 0 +pass$`, lines[4])
}

// losing is topk's work with part of the result lost.
type losing struct {
	thinning
	lose func(pmetric.Metrics)
}

func (l losing) work(md pmetric.Metrics) (time.Duration, error) {
	err := l.Run(md)
	l.lose(l.Out)
	l.Count()
	return time.Nanosecond, err
}

func TestAWrongResultOfTopkIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		lose func(pmetric.Metrics)
		want string
	}{
		"a process": {dropFirst, "is not in the output"},
		"_other_":   {dropOther, "the output lost or invented something"},
		"nothing":   {func(pmetric.Metrics) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			topk, err := newThinning()
			require.NoError(t, err)
			requireError(t, newContest(100, losing{topk, c.lose}).run(1), c.want)
		})
	}
}

func dropFirst(md pmetric.Metrics) {
	first := true
	md.ResourceMetrics().RemoveIf(func(pmetric.ResourceMetrics) bool {
		defer func() { first = false }()
		return first
	})
}

func dropOther(md pmetric.Metrics) {
	md.ResourceMetrics().RemoveIf(func(rm pmetric.ResourceMetrics) bool {
		name, _ := rm.Resource().Attributes().Get("process.executable.name")
		return name.Str() == "_other_"
	})
}

func requireError(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		require.NoError(t, err)
		return
	}
	require.ErrorContains(t, err, want)
}

func TestAWrongResultOfAPeerIsAnError(t *testing.T) {
	h := scrapes.NewHost(scrapes.Settings{Processes: 100})
	md := h.Next()
	filter, err := newFilteringResources()
	require.NoError(t, err)
	filter.out = md
	require.EqualError(t, filter.check(h), "filter by resource: 100 processes are in the output, want 40")
	require.NoError(t, filter.close())

	require.EqualError(t, (&walking{scrapes.Walk(pmetric.NewMetrics())}).check(h), "walk: read 0 points of 1000")
	require.EqualError(t, (&copying{points: 999}).check(h), "CopyTo: copied 999 points of 1000")

	deltas, err := newDifferencing()
	require.NoError(t, err)
	deltas.written = 1
	require.ErrorContains(t, deltas.check(h), "cumulativetodelta: 1 bytes written in all")
	require.NoError(t, deltas.close())
}

// failing is work that ends with an error.
type failing struct{ walking }

func (*failing) work(pmetric.Metrics) (time.Duration, error) {
	return timed("failing", func() error { return errors.New("no") })
}

func TestFailingWorkEndsTheContest(t *testing.T) {
	require.EqualError(t, newContest(50, &failing{}).run(1), "failing: no")
}

func TestMedianAndRatio(t *testing.T) {
	c := contest{took: [][]float64{{1, 8, 3}, {2, 4, 3}}}
	require.InDelta(t, 3, c.median(0), 0)
	require.InDelta(t, 1, c.ratio(0, 1), 0, "of 0.5, 2 and 1")
}
