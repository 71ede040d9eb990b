package metrics

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSamplesOfAnotherTimeAreRefused(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		after time.Duration
		taken bool
	}{
		{-late, true},
		{-late - time.Millisecond, false},
		{ahead, true},
		{ahead + time.Millisecond, false},
		{time.Hour * 24 * 365 * 200, false},
		{-now.Sub(time.Unix(0, 0)), false},
	} {
		s := open(t, Settings{Dir: t.TempDir(), Now: func() time.Time { return now.Truncate(time.Millisecond) }})
		refused := send(t, s, someone, gauge("otelcol_process_memory_rss", now.Truncate(time.Millisecond).Add(c.after), 1))
		require.Equal(t, c.taken, refused.RejectedDataPoints() == 0, "%s after now", c.after)
		if !c.taken {
			require.Contains(t, refused.ErrorMessage(), "check the host's clock")
		}
	}
}

func TestAFastClockDoesNotShutOthersOut(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	send(t, s, someone, aScrape(time.Now().Add(ahead-time.Second)))
	other := someone
	other.Agent = "a2"
	require.Empty(t, send(t, s, other, aScrape(time.Now().Add(-late+time.Minute))).ErrorMessage())
}

func TestLateRecordsComeIntoTheirPlace(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	now := time.Now()
	for _, ago := range []time.Duration{0, 9 * time.Minute, 5 * time.Minute, 5 * time.Minute} {
		require.Empty(t, send(t, s, someone, aScrape(now.Add(-ago))).ErrorMessage())
	}
	got := vector(t, s, "count_over_time(phoenix_scrape_reduction[10m])")
	require.Len(t, got, 1)
	require.EqualValues(t, 3, got[0].Value)
}

func TestASecondValueForATimeIsRefused(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	now := time.Now()
	require.Empty(t, send(t, s, someone, gauge("otelcol_process_memory_rss", now, 1)).ErrorMessage())
	require.EqualValues(t, 1, send(t, s, someone, gauge("otelcol_process_memory_rss", now, 2)).RejectedDataPoints())
}

func TestOddNumbersAreTaken(t *testing.T) {
	for i, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 0} {
		s := open(t, Settings{Dir: t.TempDir()})
		require.Empty(t, send(t, s, someone, gauge("otelcol_process_memory_rss", time.Now(), v)).ErrorMessage())
		require.Len(t, vector(t, s, "otelcol_process_memory_rss"), 1, i)
	}
}
