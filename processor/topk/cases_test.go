package topk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/pmetrictest"

	"github.com/phoenix-platform/phoenix/internal/conformance"
)

// Each case is a folder of testdata: a configuration, what comes in scrape by
// scrape, and what goes out for it. A scrape without an output lets nothing out.
var cases = []string{
	"a_changed_title_is_a_new_series_from_zero",
	"a_counter_that_began_anew_goes_on",
	"a_metric_missing_from_a_scrape_spans_the_gap",
	"a_process_new_to_the_host_begins_at_zero",
	"a_process_that_returns_continues_its_counter",
	"a_reused_pid_is_another_process",
	"a_small_step_back_is_no_reset",
	"delta_temporality",
	"drops_command_line_after_conditions",
	"ends_series_with_a_flagged_point",
	"growth_without_a_first_sample_waits_one_scrape",
	"keeps_all_when_fewer_than_k",
	"keeps_critical_below_the_top",
	"late_batch_is_dropped",
	"observe_mode_passes_everything",
	"passes_application_resources_untouched_and_in_order",
	"rank_group_keeps_all_members",
	"raw_counters_are_what_the_scraper_wrote",
	"several_hosts_in_one_batch",
	"skips_what_does_not_fit_under_the_ceiling",
	"sums_gauges_of_the_dropped",
	"the_readme_example",
	"without_other_nothing_stands_for_the_dropped",
}

func TestCases(t *testing.T) {
	for _, name := range cases {
		t.Run(name, func(t *testing.T) { runCase(t, filepath.Join("testdata", name)) })
	}
}

func TestNoCaseIsLeftOut(t *testing.T) {
	var folders []string
	for _, config := range conformance.Files(t, filepath.Join("*", "config.yaml")) {
		folders = append(folders, filepath.Base(filepath.Dir(config)))
	}
	require.Equal(t, folders, cases)
}

func runCase(t *testing.T, dir string) {
	cfg, err := load(filepath.Join(dir, "config.yaml"))
	require.NoError(t, err)
	sink := new(consumertest.MetricsSink)
	p, err := newProcessor(settings(), cfg, sink)
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Shutdown(t.Context())) }()
	for i := range conformance.Files(t, filepath.Join(filepath.Base(dir), "input-*.yaml")) {
		in := read(t, dir, "input", i)
		in.MarkReadOnly()
		require.NoError(t, pmetrictest.CompareMetrics(read(t, dir, "output", i), push(t, p, sink, in)), "scrape %d", i+1)
	}
}

// read returns the i-th batch of a case, an empty one if there is no file.
func read(t *testing.T, dir, side string, i int) pmetric.Metrics {
	t.Helper()
	file := filepath.Join(dir, fmt.Sprintf("%s-%d.yaml", side, i+1))
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return pmetric.NewMetrics()
	}
	md, err := golden.ReadMetrics(file)
	require.NoError(t, err)
	return md
}
