package grade

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim/truth"
)

// A run that was killed has lives without an exit. They went on for no longer
// than the run was to.
func TestALifeWithoutExitEndsWithThePlan(t *testing.T) {
	start := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		planned, last time.Duration
		want          time.Duration
	}{
		"the metrics end first":   {time.Minute, 30 * time.Second, 30 * time.Second},
		"the plan ends first":     {time.Minute, time.Hour, time.Minute},
		"nobody knows the plan's": {0, time.Hour, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			of := &truth.Truth{Run: truth.Run{Start: start, Duration: c.planned}}
			l := newLives(of, start.Add(c.last))
			require.Equal(t, start.Add(c.want), l.end(&truth.Life{}))
		})
	}
}
