package adaptivefilter

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"

	"github.com/phoenix-platform/phoenix/internal/conformance"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/processor/adaptivefilter/internal/metadata"
)

func TestCases(t *testing.T) {
	conformance.Cases(t, NewFactory(), startCase,
		"a_missing_cpu_sheds_after_three_scrapes",
		"keeps_who_reaches_any_threshold",
		"observe_mode_passes_everything",
		"priorities_first_under_the_ceiling",
		"the_number_of_processes_is_a_load",
		"the_readme_example",
		"when_busy_more_keeps_more",
	)
}

func startCase(t *testing.T, cfg component.Config, sink *consumertest.MetricsSink) processor.Metrics {
	p, err := newProcessor(processtest.Settings(metadata.Type), cfg.(*Config), elsewhere(), sink)
	require.NoError(t, err)
	return p
}

// The README shows what comes in in the last scrape of the example, what goes
// out of it, and what went out while the host had room.
func TestTheREADMEHasTheExample(t *testing.T) {
	const example = "the_readme_example"
	for _, md := range []pmetric.Metrics{
		conformance.CaseBatch(t, example, "input", 3), conformance.CaseBatch(t, example, "output", 1), conformance.CaseBatch(t, example, "output", 3),
	} {
		require.Contains(t, conformance.Text(t, "README.md"), "| --- |\n"+table(md))
	}
}

// table shows a batch as the README does, a line for each process.
func table(md pmetric.Metrics) string {
	var b strings.Builder
	for _, list := range processtest.Samples(md) {
		cells := map[string]string{}
		if list[0].Flagged {
			continue
		}
		if list[0].PID != 0 {
			cells["pid"] = fmt.Sprint(list[0].PID)
		}
		for _, s := range list {
			cells[s.Metric] = fmt.Sprintf("%.9g", s.Value)
		}
		b.WriteString("| " + list[0].Name)
		for _, column := range []string{"pid", "process.cpu.time", "process.memory.usage", "process.count"} {
			b.WriteString(strings.TrimRight(" | "+cells[column], " "))
		}
		b.WriteString(" |\n")
	}
	return b.String()
}
