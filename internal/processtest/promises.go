package processtest

import (
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// CheckLevels checks that the levels of all that came out add up to the true
// ones.
func CheckLevels(t T, truth *Truth, out pmetric.Metrics) {
	t.Helper()
	got := map[string]float64{}
	for _, s := range AllSamples(out) {
		if !s.Monotonic && !s.Flagged && s.Metric != "process.count" {
			got[s.Total()] += s.Value
		}
	}
	for key, want := range truth.Levels {
		require.Equal(t, want, got[key], key)
	}
}

// CheckPromises checks what is promised of every scrape of a simulation:
// critical processes are there, the ceiling in points per host holds but for
// them and for what stands for the rest, no counter of _other_ or of a group
// falls, and the command line is gone. Falls are told by the values in other,
// which the caller keeps, empty at first; a ceiling of 0 is none.
func CheckPromises(t T, simulation *Simulation, truth *Truth, out pmetric.Metrics, ceiling int, other map[string]float64) {
	t.Helper()
	for _, h := range simulation.Hosts {
		protected := h.protected()
		kept, points, always := map[int64]bool{}, 0, 0
		for _, s := range AllSamples(out) {
			if s.Host != h.Name || s.Flagged {
				continue
			}
			points++
			kept[s.PID] = true
			if s.PID == 0 || protected[s.PID] {
				always++
			}
			checkRest(t, s, other)
			require.NotContains(t, s.Resource, "secret")
		}
		for pid := range protected {
			if len(truth.Offered[Offer(h.Name, pid)]) > 0 {
				require.True(t, kept[pid], "critical process %d of %s", pid, h.Name)
			}
		}
		if ceiling > 0 {
			require.LessOrEqual(t, points, max(ceiling, always), "series of %s", h.Name)
		}
	}
}

// protected has the critical processes that can be read.
func (h *Host) protected() map[int64]bool {
	pids := map[int64]bool{}
	for _, p := range h.Live {
		if p.Critical && p.Absent == 0 {
			pids[p.PID] = true
		}
	}
	return pids
}

func checkRest(t T, s Sample, other map[string]float64) {
	t.Helper()
	if s.PID != 0 || !s.Monotonic {
		return
	}
	key := s.Group + "|" + s.Total()
	require.GreaterOrEqual(t, s.Value, other[key], "%s: a counter of what stands for the rest fell", key)
	other[key] = s.Value
}
