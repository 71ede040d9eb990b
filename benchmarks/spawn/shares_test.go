//go:build linux

package spawn

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// BenchmarkShares has processes use shares of a core from 0.5 to 20 %, 0.5
// cores in all, for 30 s. worst-% is by how much the one that came least close
// used another share than it was asked to (target 10); total-% is that of all
// together. Both mean little where the machine has no room for half a core more.
func BenchmarkShares(b *testing.B) {
	shares := []float64{0.005, 0.005, 0.01, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2}
	const life = 30 * time.Second
	for b.Loop() {
		s := newSpawner(b)
		for i, share := range shares {
			p := loadsim.Process{ID: uint32(i + 1), Path: "usr/bin/share", Args: []string{"share"}, Lifetime: life, Load: loadsim.Load{{CPU: share}}}
			require.NoError(b, s.Spawn(context.Background(), p))
		}
		var worst, asked, got float64
		for ended := 0; ended < len(shares); {
			e := <-s.Events()
			require.NotEqual(b, loadsim.Failed, e.Kind, "%v", e.Err)
			if e.Kind != loadsim.Exited {
				continue
			}
			ended++
			want := shares[e.ID-1] * life.Seconds()
			used := (e.Used.User + e.Used.System).Seconds()
			worst = max(worst, math.Abs(used/want-1))
			asked, got = asked+want, got+used
		}
		b.ReportMetric(100*worst, "worst-%(target≤10)")
		b.ReportMetric(100*math.Abs(got/asked-1), "total-%")
		require.NoError(b, s.Close())
	}
}
