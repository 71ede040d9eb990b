package topk

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/processor"

	"github.com/phoenix-platform/phoenix/internal/conformance"
)

func TestCases(t *testing.T) {
	conformance.Cases(t, NewFactory(), startCase,
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
	)
}

func startCase(t *testing.T, cfg component.Config, sink *consumertest.MetricsSink) processor.Metrics {
	p, err := New(settings(), cfg.(*Config), sink)
	require.NoError(t, err)
	return p
}
