package processgroup

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

func drawConfig(t *rapid.T) func(*Config) {
	by := rapid.SampledFrom([][]string{{"process.owner"}, {"process.command"}, {"process.owner", "process.command"}, {}}).Draw(t, "by")
	list := rapid.SampledFrom([][]Group{{named("java", "java")}, {named("web", "nginx"), named("shells", "sh")}, {}}).Draw(t, "groups")
	if len(by) == 0 && len(list) == 0 {
		by = []string{"process.executable.name"}
	}
	max := rapid.IntRange(2, 5).Draw(t, "max_groups")
	forget := time.Duration(rapid.SampledFrom([]int{0, 1, 20, 60}).Draw(t, "forget_after")) * time.Second
	nobody := rapid.IntRange(0, 3).Draw(t, "critical") == 0
	other := rapid.SampledFrom([]string{"_other_", "rest"}).Draw(t, "other")
	return func(c *Config) {
		c.By, c.Groups, c.MaxGroups, c.ForgetAfter, c.Other.Name = by, list, max, forget, other
		if nobody {
			c.Critical = critical.List{}
		}
	}
}

// waiting is what no point of the output shows yet, in seconds of CPU time and
// bytes of I/O: of a simulation the first are its only doubles, the second its
// only integers that are counters.
func waiting(p *thinning.Processor) (sum process.Amount) {
	const slots = 64 // more than a simulation has
	for _, h := range p.Hosts() {
		for _, rest := range h.Scrape().Ledger.Parts() {
			for slot := range process.Slot(slots) {
				w := rest.Waits(slot)
				sum.Int += w.Int
				sum.Float += w.Float
			}
		}
	}
	return sum
}

// requireTruth checks that what was counted and what waits are the truth: the
// sums of all, and each one alone if nothing waits.
func requireTruth(t *rapid.T, truth, counted map[string]float64, waits process.Amount) {
	t.Helper()
	var want, got process.Amount
	for key, used := range truth {
		if strings.Contains(key, "process.disk.io") {
			want.Int += int64(used)
			got.Int += int64(counted[key])
		} else {
			want.Float += used
			got.Float += counted[key]
		}
		if waits == (process.Amount{}) {
			require.InDelta(t, used, counted[key], 1e-9*math.Max(1, used), key)
		}
	}
	require.Equal(t, want.Int, got.Int+waits.Int)
	require.InDelta(t, want.Float, got.Float+waits.Float, 1e-9*math.Max(1, want.Float))
}

// After every scrape the sum of what a backend counts for critical processes,
// for groups and for _other_, and of what waits, is what the processes used,
// whichever of two ways it counts and whatever reloads do to the groups.
func TestTotalsAreConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := processtest.NewSimulation(t)
		p, sink := run(t, drawConfig(t))
		f := processtest.Faults{
			Values:     rapid.Bool().Draw(t, "bad values"),
			Duplicates: rapid.Bool().Draw(t, "duplicates"),
			Creation:   rapid.Bool().Draw(t, "bad creation times"),
		}
		tr, plain, believer := processtest.NewTruth(), processtest.NewBackend(false), processtest.NewBackend(true)
		for range rapid.IntRange(2, 14).Draw(t, "scrapes") {
			if rapid.IntRange(0, 5).Draw(t, "reload") == 0 {
				p = again(t, p, drawConfig(t), sink)
			}
			md := owned(s.Scrape(t, f))
			late := pmetric.NewMetrics()
			md.CopyTo(late)
			tr.Take(md)
			out := processtest.Push(t, p, sink, md)
			plain.Take(out)
			believer.Take(out)
			requireTruth(t, tr.Used, plain.Used, waiting(p))
			requireTruth(t, tr.Used, believer.Used, waiting(p))
			processtest.CheckLevels(t, tr, out)
			if rapid.IntRange(0, 5).Draw(t, "late") == 0 {
				require.Empty(t, processtest.Samples(processtest.Push(t, p, sink, late)), "a batch that came before")
			}
			s.Step(t)
		}
	})
}

// What cumulativetodelta makes of the output is the truth if it leaves first
// samples out, as it does by default.
func TestCumulativeToDeltaCountsTheTruth(t *testing.T) {
	for _, initialValue := range []string{"auto", "drop"} {
		t.Run(initialValue, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := processtest.NewSimulation(t)
				p, sink := run(t, drawConfig(t))
				c := processtest.NewConverter(t, initialValue)
				defer c.Shutdown(t)
				tr := processtest.NewTruth()
				f := processtest.Faults{Values: rapid.Bool().Draw(t, "bad values"), Creation: rapid.Bool().Draw(t, "bad creation times")}
				for range rapid.IntRange(2, 10).Draw(t, "scrapes") {
					if rapid.IntRange(0, 5).Draw(t, "reload") == 0 {
						p = again(t, p, drawConfig(t), sink)
					}
					md := owned(s.Scrape(t, f))
					tr.Take(md)
					c.Take(t, processtest.Push(t, p, sink, md))
					requireTruth(t, tr.Used, c.Used, waiting(p))
					s.Step(t)
				}
			})
		})
	}
}

// No counter falls while its series goes on, critical processes are there, no
// series comes twice, groups are no more than allowed, and the command line is
// gone.
func TestWhatIsPromisedOnEveryScrape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := processtest.NewSimulation(t)
		change, places := drawConfig(t), 0
		p, sink := run(t, func(c *Config) { change(c); c.Critical = processtest.Critical(); places = c.MaxGroups })
		tr, last := processtest.NewTruth(), map[string]float64{}
		for range rapid.IntRange(2, 10).Draw(t, "scrapes") {
			md := owned(s.Scrape(t, processtest.Faults{Values: true, Duplicates: true, Creation: true}))
			tr.Take(md)
			out := processtest.Push(t, p, sink, md)
			require.Equal(t, "shop", out.ResourceMetrics().At(0).Resource().Attributes().AsRaw()["service.name"])
			checkSeries(t, out, last)
			checkCritical(t, s, tr, out)
			for _, h := range p.Hosts() {
				require.LessOrEqual(t, len(h.Chooser().(*chooser).table.groups), places)
			}
			s.Step(t)
		}
	})
}

func checkSeries(t *rapid.T, out pmetric.Metrics, last map[string]float64) {
	met := map[string]bool{}
	for _, s := range processtest.AllSamples(out) {
		require.NotContains(t, s.Resource, "secret")
		if s.Flagged {
			continue
		}
		require.False(t, met[s.Series()], "%s comes twice", s.Series())
		met[s.Series()] = true
		if s.Monotonic {
			require.GreaterOrEqual(t, s.Value, last[s.Identity()], "%s fell", s.Identity())
			last[s.Identity()] = s.Value
		}
	}
}

func checkCritical(t *rapid.T, s *processtest.Simulation, tr *processtest.Truth, out pmetric.Metrics) {
	for _, h := range s.Hosts {
		kept := processtest.KeptOn(h.Name, out)
		for _, p := range h.Live {
			if p.Absent > 0 || len(tr.Offered[processtest.Offer(h.Name, p.PID)]) == 0 {
				continue
			}
			if p.Critical {
				require.Contains(t, kept, p.PID)
			} else {
				require.NotContains(t, kept, p.PID)
			}
		}
	}
}

// The order of resources in a batch changes nothing.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := processtest.NewSimulation(t)
		change := drawConfig(t)
		p, sink := run(t, change)
		q, other := run(t, change)
		for i := range rapid.IntRange(2, 8).Draw(t, "scrapes") {
			md := owned(s.Scrape(t, processtest.Faults{Values: true}))
			mixed := processtest.Shuffle(md, rapid.Uint64().Draw(t, "seed"))
			require.Equal(t, processtest.Sorted(processtest.Push(t, p, sink, md)), processtest.Sorted(processtest.Push(t, q, other, mixed)), fmt.Sprint("scrape ", i+1))
			s.Step(t)
		}
	})
}
