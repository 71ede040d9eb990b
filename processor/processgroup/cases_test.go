package processgroup

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/processor"

	"github.com/phoenix-platform/phoenix/internal/conformance"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/processor/processgroup/internal/metadata"
)

func TestCases(t *testing.T) {
	conformance.Cases(t, NewFactory(), startCase,
		"a_group_ends_after_forget_after_with_flagged_points",
		"a_group_without_processes_goes_to_zero",
		"a_member_that_ends_leaves_the_sum_as_it_is",
		"a_place_that_gets_free_is_taken",
		"a_process_that_changes_owner_moves",
		"critical_stays_individual",
		"delta_temporality",
		"first_match_wins",
		"groups_beyond_max_groups_are_other",
		"groups_by_several_attributes",
		"observe_mode_passes_everything",
		"of_new_groups_those_of_more_processes_have_a_place",
		"passes_application_resources_untouched_and_in_order",
		"processes_without_the_attribute_are_other",
		"several_hosts_in_one_batch",
		"sums_a_group",
		"the_readme_example",
		"without_other_nothing_stands_for_the_ungrouped",
	)
}

func startCase(t *testing.T, cfg component.Config, sink *consumertest.MetricsSink) processor.Metrics {
	p, err := newProcessor(processtest.Settings(metadata.Type), cfg.(*Config), sink)
	require.NoError(t, err)
	return p
}
