package catalog

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever the host does, no scrape has more series than max_series.
func TestTheCeilingHolds(t *testing.T) {
	const ceiling = 100
	scrapes := recordedScrapes(t)
	last := boundaries(t, scrapes)
	for _, template := range []string{"process-topk-v1", "process-adaptive-filter-v1"} {
		t.Run(template, func(t *testing.T) {
			batches := run(t, lookup(t, template), map[string]any{"max_series": ceiling}, scrapes)
			got := accountOf(t, byScrape(t, batches, last))
			for i, s := range got.scrapes {
				require.LessOrEqual(t, s.series, ceiling, "scrape %d", i+1)
				require.Greater(t, s.series, ceiling/2, "scrape %d: most of the room is used", i+1)
			}
		})
	}
}

// A group's memory is that of its members in the recording, and it says how
// many they are.
func TestAGroupIsTheSumOfItsMembers(t *testing.T) {
	o := outcomeOf(t, "process-aggregated-v1")
	for i, md := range o.in {
		var members, memory int64
		for _, s := range samplesOf(t, md.ResourceMetrics()) {
			if s.metric == memoryMetric && ofTheWeb(s.process) {
				members, memory = members+1, memory+s.value.integer
			}
		}
		require.NotZero(t, members)
		web := map[string]int64{}
		for _, s := range samplesOf(t, o.out[i]) {
			if s.process == "group web" {
				web[s.metric] = s.value.integer
			}
		}
		require.Equal(t, memory, web[memoryMetric], "scrape %d", i+1)
		require.Equal(t, members, web["process.count"], "scrape %d", i+1)
	}
}

// ofTheWeb tells the processes of the recording that the group web takes.
func ofTheWeb(process string) bool {
	for _, name := range []string{"nginx", "httpd", "haproxy", "envoy"} {
		if strings.HasPrefix(process, name) {
			return true
		}
	}
	return false
}
