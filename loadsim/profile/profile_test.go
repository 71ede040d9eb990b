package profile_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/profile"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// plan makes one that must be possible.
func plan(t require.TestingT, p profile.Parameters) loadsim.Plan {
	made, err := profile.New(p)
	require.NoError(t, err)
	return made
}

// drawn are parameters that are possible.
func drawn(t *rapid.T) profile.Parameters {
	profiles := profile.All()
	profiles = slices.DeleteFunc(profiles, func(p profile.Profile) bool { return p.Name == profile.Custom })
	chosen := rapid.SampledFrom(profiles).Draw(t, "profile")
	p := profile.Parameters{
		Profile: chosen.Name, Seed: rapid.Uint64().Draw(t, "seed"),
		Duration:     time.Duration(rapid.IntRange(1, 60_000).Draw(t, "milliseconds")) * time.Millisecond,
		ProcessCount: rapid.IntRange(int(chosen.ProcessCount.Min), min(2000, int(chosen.ProcessCount.Max))).Draw(t, "count"),
	}
	if chosen.ChurnRate.Max > 0 {
		p.ChurnRate = rapid.Float64Range(1, 200).Draw(t, "rate")
	}
	return p
}

func TestAPlanIsInOrderAndTheSameAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		first, again := plan(t, p), plan(t, p)
		births := slices.Collect(first.Births)
		require.Equal(t, births, slices.Collect(again.Births))
		require.Equal(t, births, slices.Collect(first.Births), "a plan can be gone through more than once")
		last, id := time.Duration(0), uint32(0)
		for _, b := range births {
			require.GreaterOrEqual(t, b.At, last)
			require.Less(t, b.At, p.Duration)
			last = b.At
			for q := range b.Process.All() {
				id++
				require.Equal(t, id, q.ID)
				sound(t, q)
			}
		}
	})
}

// sound requires of a process what the spawner and the kernel want.
func sound(t require.TestingT, p *loadsim.Process) {
	require.NotEmpty(t, p.Comm())
	require.NotEqual(t, byte('/'), p.Path[0])
	require.NotEmpty(t, p.Args)
	require.GreaterOrEqual(t, p.Lifetime, time.Duration(0))
	for _, s := range p.Load {
		require.True(t, s.CPU >= 0 && s.CPU <= 1, "share of a core: %v", s.CPU)
		require.True(t, s.For > 0 || len(p.Load) == 1)
	}
}

func TestAnotherSeedIsAnotherPlan(t *testing.T) {
	for _, name := range []string{"realistic", "high-cardinality", "process-churn"} {
		one := slices.Collect(plan(t, profile.Parameters{Profile: name, Seed: 1}).Births)
		two := slices.Collect(plan(t, profile.Parameters{Profile: name, Seed: 2}).Births)
		require.NotEqual(t, one, two, name)
	}
}

// TestTheProfilesHaveTheirNumbers is what the user guide promises.
func TestTheProfilesHaveTheirNumbers(t *testing.T) {
	for _, count := range []int{50, 120, 200} {
		atFirst := 0
		for b := range plan(t, profile.Parameters{Profile: "realistic", ProcessCount: count}).Births {
			for range b.Process.All() {
				if b.At == 0 {
					atFirst++
				}
			}
		}
		require.Equal(t, count, atFirst)
	}
	for _, count := range []int{100, 1000, 2000, 10_000} {
		p := plan(t, profile.Parameters{Profile: "high-cardinality", ProcessCount: count})
		names, lines := map[string]bool{}, map[string]bool{}
		for b := range p.Births {
			names[b.Process.Comm()] = true
			lines[fmt.Sprint(b.Process.Args)] = true
		}
		require.Len(t, names, count, "each has a name of its own")
		require.Len(t, lines, count, "and a command line")
		require.InDelta(t, 0.8, p.Figures().CPU, 0.02)
		require.Equal(t, 3, p.Figures().Critical)
	}
	for _, rate := range []float64{1, 25, 200, 1000} {
		f := plan(t, profile.Parameters{Profile: "process-churn", ChurnRate: rate}).Figures()
		require.InEpsilon(t, rate, f.BirthRate, 0.05)
		require.Less(t, f.CPU, 1.0, "at %v births a second", rate)
	}
}

func TestChurnLivesForAFewSeconds(t *testing.T) {
	for b := range plan(t, profile.Parameters{Profile: "process-churn", ChurnRate: 100}).Births {
		if b.At > 0 && b.Process.Lifetime != 0 {
			require.True(t, b.Process.Lifetime >= 200*time.Millisecond && b.Process.Lifetime <= 5*time.Second)
		}
	}
}

func TestWhatIsNotPossibleIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		p    profile.Parameters
		want string
	}{
		"unknown":      {profile.Parameters{Profile: "huge"}, `there is no profile "huge"; the profiles are realistic, high-cardinality, process-churn, custom`},
		"too many":     {profile.Parameters{Profile: "realistic", ProcessCount: 500}, "process-count: 500; realistic takes 50 to 200"},
		"negative":     {profile.Parameters{Profile: "high-cardinality", ProcessCount: -1}, "process-count: -1; high-cardinality takes 100 to 10000"},
		"no churn":     {profile.Parameters{Profile: "realistic", ChurnRate: 5}, "churn-rate: realistic takes none; leave it out (`loadsim profiles` lists who does)"},
		"not a number": {profile.Parameters{Profile: "process-churn", ChurnRate: math.NaN()}, "churn-rate: NaN; process-churn takes 1 to 1000"},
		"duration":     {profile.Parameters{Profile: "realistic", Duration: -1}, "duration: -1ns; give one above 0"},
		"no file":      {profile.Parameters{Profile: profile.Custom}, "file: the profile custom needs one, and no other takes one"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := profile.New(c.p)
			require.EqualError(t, err, c.want)
		})
	}
}
