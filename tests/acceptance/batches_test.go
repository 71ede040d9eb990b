//go:build linux

package acceptance

import (
	"bufio"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/processtest"
)

// batches reads what the file exporter wrote: a batch a line.
func batches(t *testing.T, file string) (all []pmetric.Metrics) {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 256<<20)
	var unmarshaler pmetric.JSONUnmarshaler
	for lines.Scan() {
		md, err := unmarshaler.UnmarshalMetrics(lines.Bytes())
		require.NoError(t, err)
		all = append(all, md)
	}
	require.NoError(t, lines.Err())
	return all
}

// requireConserved holds what was sent against what was scraped, scrape by
// scrape, by books of its own: Σ kept + _other_ is what the processes used.
func requireConserved(t *testing.T, scraped, sent []pmetric.Metrics) {
	t.Helper()
	require.Len(t, sent, len(scraped), "one batch sent for each one scraped")
	truth, backend := processtest.NewTruth(), processtest.NewBackend(false)
	for i := range scraped {
		truth.Take(scraped[i])
		backend.Take(sent[i])
		require.Empty(t, backend.Differs(truth), "scrape %d", i+1)
		levels := map[string]float64{}
		for _, s := range processtest.AllSamples(sent[i]) {
			if !s.Monotonic && !s.Flagged {
				levels[s.Total()] += s.Value
			}
		}
		for total, want := range truth.Levels {
			require.Equal(t, want, levels[total], "scrape %d: %s", i+1, total)
		}
	}
}

// series counts the points of a batch that are about processes.
func series(md pmetric.Metrics) (n int) {
	for _, s := range processtest.AllSamples(md) {
		if !s.Flagged {
			n++
		}
	}
	return n
}
