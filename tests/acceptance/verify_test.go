//go:build linux

package acceptance

import (
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/tests/built"
)

// grade is what loadsim verify says.
type grade struct {
	Scrapes   int
	Processes struct{ Alive, Seen, Missed int }
	CPU       struct {
		NamedShare    float64 `json:"named_share"`
		UsedSeconds   float64 `json:"used_seconds"`
		ExcessSeconds float64 `json:"excess_seconds"`
	}
	ShortLived struct {
		Alive            int
		CPUSeconds       float64 `json:"cpu_seconds"`
		CPUMissedSeconds float64 `json:"cpu_missed_seconds"`
	} `json:"short_lived"`
	Critical []struct {
		Name              string
		Expected, Present int
	}
	Series struct{ In, Out, Reduction float64 }
}

// criticalKept is the share of the scrapes at which critical processes were there.
func (g grade) criticalKept() float64 {
	present, expected := 0, 0
	for _, c := range g.Critical {
		present, expected = present+c.Present, expected+c.Expected
	}
	return float64(present) / float64(expected)
}

// verify grades what a collector sent, by the truth of the load and beside what
// it scraped. Requirements are flags of loadsim verify.
func verify(t *testing.T, l *load, c *collector, requirements ...string) (g grade) {
	t.Helper()
	args := append([]string{"verify", "--json", "--truth", l.truth, "--metrics", c.kept, "--baseline", c.all}, requirements...)
	out, err := exec.Command(built.Program(t, "loadsim"), args...).Output()
	if json.Unmarshal(out, &g) != nil || err != nil {
		t.Errorf("loadsim %v: %v\n%s", args, err, out)
	}
	require.Positive(t, g.Scrapes)
	return g
}
