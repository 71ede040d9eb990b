package metrics

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

// variants is a scrape of n pipelines.
func variants(at time.Time, n int) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for i := range n {
		out := aRecord(at)
		out.Variant = fmt.Sprintf("v%d", i)
		scraperecord.Encode(out, md.ResourceMetrics())
		in := *out
		in.Role, in.Compared, in.Critical = scraperecord.RoleInput, nil, nil
		scraperecord.Encode(&in, md.ResourceMetrics())
	}
	return md
}

func TestTwoVariantsHaveRoomAndAThirdHasLess(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	require.Empty(t, send(t, s, someone, variants(time.Now(), 2)).ErrorMessage())
	for _, name := range []string{"otelcol_process_cpu_seconds", "otelcol_process_memory_rss", "otelcol_exporter_sent_metric_points"} {
		require.Empty(t, send(t, s, someone, gauge(name, time.Now(), 1)).ErrorMessage())
	}
	refused := send(t, s, someone, variants(time.Now(), 3))
	require.EqualValues(t, 15, refused.RejectedDataPoints(), "of 18, as the names of two lost processes give way")
	require.Contains(t, refused.ErrorMessage(), "more series than an agent may have (40, and 200 of critical entries)")
	require.Len(t, vector(t, s, `{__name__!~"phoenix_scrape_(critical|lost_cpu)",agent="a1"}`), maxSeries)
	other := someone
	other.Agent = "a2"
	require.Empty(t, send(t, s, other, variants(time.Now(), 2)).ErrorMessage(), "of another agent")
}

func TestCriticalEntriesHaveAQuotaOfTheirOwn(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	at := time.Now()
	for _, state := range []string{scraperecord.StateKept, scraperecord.StateDropped} {
		require.Empty(t, send(t, s, someone, criticals(at, state, maxCriticalSeries)).ErrorMessage(), "an entry's state takes no room")
	}
	r := aRecord(at)
	r.Critical = []scraperecord.Critical{{Name: "one more", State: scraperecord.StateKept}}
	md := pmetric.NewMetrics()
	scraperecord.Encode(r, md.ResourceMetrics())
	require.EqualValues(t, 1, send(t, s, someone, md).RejectedDataPoints())
}

func TestLostNamesGiveWayWhenThereIsNoRoom(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	at := time.Now().Add(-10 * time.Minute)
	for i := range 60 {
		at = at.Add(10 * time.Second)
		r := aRecord(at)
		r.Compared.Lost.Name = fmt.Sprint("process-", i)
		md := pmetric.NewMetrics()
		scraperecord.Encode(r, md.ResourceMetrics())
		send(t, s, someone, md)
	}
	require.Len(t, vector(t, s, `last_over_time({__name__!="phoenix_scrape_critical",agent="a1"}[10m])`), maxSeries)
}

func TestLostNamesGiveTheirPlacesToANewPipeline(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	at := time.Now().Add(-10 * time.Minute)
	for i := range 40 {
		at = at.Add(10 * time.Second)
		md := variants(at, 1)
		lost := aRecord(at)
		lost.Variant, lost.Compared.Lost.Name = "v0", fmt.Sprint("process-", i)
		scraperecord.Encode(lost, md.ResourceMetrics())
		send(t, s, someone, md)
	}
	require.Empty(t, send(t, s, someone, variants(time.Now(), 2)).ErrorMessage())
	require.NotEmpty(t, vector(t, s, `phoenix_scrape_lost_cpu{phoenix_variant="v1"}`))
}

func TestANewVersionHasRoomAtOnce(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	for version := range int64(4) {
		who := someone
		who.Version, who.Deployment, who.Labels = version, fmt.Sprint("d", version), map[string]string{"tier": fmt.Sprint(version)}
		at := time.Now().Add(-time.Second)
		require.Empty(t, send(t, s, who, variants(at, 2)).ErrorMessage())
		require.Empty(t, send(t, s, who, criticals(at.Add(time.Second), scraperecord.StateKept, maxCriticalSeries-2)).ErrorMessage())
	}
	require.Len(t, vector(t, s, `phoenix_scrape_critical{phoenix_critical_name="c197"}`), 4)
}

// criticals is a record with n critical entries.
func criticals(at time.Time, state string, n int) pmetric.Metrics {
	r := aRecord(at)
	r.Variant, r.Critical = "v0", nil
	for i := range n {
		r.Critical = append(r.Critical, scraperecord.Critical{Name: fmt.Sprint("c", i), State: state, Processes: 1})
	}
	md := pmetric.NewMetrics()
	scraperecord.Encode(r, md.ResourceMetrics())
	return md
}

func TestAPlaceIsFreeWhenItsSeriesIsOld(t *testing.T) {
	var q quota
	now := time.Unix(1_800_000_000, 0)
	series := func(i int) labels.Labels { return labels.FromStrings(model.MetricNameLabel, fmt.Sprint("m", i)) }
	for i := range maxSeries {
		require.True(t, q.admit(series(i), now.Add(time.Duration(i)*time.Second)))
	}
	require.True(t, q.admit(series(0), now.Add(time.Minute)), "it has one already")
	require.False(t, q.admit(series(maxSeries), now.Add(time.Second+seriesAge)))
	require.True(t, q.admit(series(maxSeries), now.Add(time.Second+seriesAge+1)))
	require.False(t, q.admit(series(1), now.Add(time.Second+seriesAge+1)), "its place was taken")
}

func TestAgentsThatAreGoneAreForgotten(t *testing.T) {
	q := quotas{agents: map[string]*quota{}}
	now := time.Unix(1_800_000_000, 0)
	q.of("a", now)
	q.of("b", now.Add(seriesAge))
	q.of("b", now.Add(seriesAge+seriesAge+1))
	require.Len(t, q.agents, 1)
}
