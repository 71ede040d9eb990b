package validation

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/catalog"
	"github.com/phoenix-platform/phoenix/catalog/recorded"
	"github.com/phoenix-platform/phoenix/controlplane/simulation"
)

func scrapes(t *testing.T) []pmetric.Metrics {
	t.Helper()
	all, err := recorded.Scrapes()
	require.NoError(t, err)
	return all
}

func simulate(t *testing.T, config []byte) (simulation.Result, error) {
	t.Helper()
	path, err := filepath.Abs(binary)
	require.NoError(t, err)
	require.FileExists(t, path, "run make build")
	return (&simulation.Simulator{Binary: path}).Run(t.Context(), config, scrapes(t))
}

// A simulation says what the tests of the catalog count for themselves.
func TestSimulationOfTheTemplates(t *testing.T) {
	for _, name := range catalog.Names() {
		t.Run(name, func(t *testing.T) {
			template, err := catalog.Lookup(name)
			require.NoError(t, err)
			got, err := simulate(t, template.Config)
			require.NoError(t, err)
			if strings.HasPrefix(name, "process-baseline") {
				require.Zero(t, got.SavedShare)
				require.Equal(t, got.Points.In, got.Points.Out)
				require.Empty(t, got.Dropped)
				return
			}
			expected, err := os.ReadFile("../../catalog/" + name + "/expected.txt")
			require.NoError(t, err)
			for i, s := range got.Scrapes {
				line := row(t, string(expected), i+1)
				require.Equal(t, line[1], fmt.Sprint(s.Processes.In), "processes of scrape %d", i+1)
				require.Equal(t, line[3:5], []string{fmt.Sprint(s.Series.In), fmt.Sprint(s.Series.Out)}, "series of scrape %d", i+1)
			}
			require.Greater(t, got.SavedShare, 0.5)
			require.NotEmpty(t, got.Dropped)
			require.GreaterOrEqual(t, got.Dropped[0].CPU, got.Dropped[len(got.Dropped)-1].CPU)
			reasons := map[string]int{}
			for _, d := range got.Dropped {
				reasons[d.Reason]++
			}
			require.NotContains(t, reasons, "not_sent")
			t.Logf("%d series of %d, %.1f %% saved; %d processes dropped: %v", got.Series.Out, got.Series.In, 100*got.SavedShare, len(got.Dropped), reasons)
		})
	}
}

// row is the line of a scrape in what the catalog expects.
func row(t *testing.T, text string, scrape int) []string {
	t.Helper()
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) == 7 && fields[0] == fmt.Sprint(scrape) {
			return fields
		}
	}
	require.FailNow(t, "the catalog expects nothing", "scrape %d", scrape)
	return nil
}

// What the collector refuses is the error, in its words.
func TestSimulationOfWhatDoesNotRun(t *testing.T) {
	template, err := catalog.Lookup("process-topk-v1")
	require.NoError(t, err)
	_, err = simulate(t, []byte(strings.Replace(string(template.Config), "max_series: 2000", "max_series: -2", 1)))
	require.ErrorContains(t, err, "max_series: must be at least 1, got -2")
}
