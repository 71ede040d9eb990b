package adaptivefilter

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// A shape is a load over time, which is put on a simulated host.
type shape struct {
	name  string
	about string
	load  func(scrape int) float64 // as it is measured
	calm  func(scrape int) float64 // without noise and spikes: what the level should follow
	n     int                      // scrapes
}

const day = 24 * 60 * 6 // scrapes, one every ten seconds

func shapes(t *testing.T) []shape {
	recorded := recordedLoad(t)
	step := func(i int) float64 {
		if i >= 30 && i < 90 {
			return 0.9
		}
		return 0.2
	}
	ramp := func(i int) float64 { return 1 - math.Abs(float64(i-100))/100 }
	spike := func(i int) float64 {
		if i%20 == 10 {
			return 1
		}
		return 0.3
	}
	random := rand.New(rand.NewPCG(24, 5))
	noisy := func(i int) float64 { return 0.6 * (0.95 + 0.1*random.Float64()) }
	flat := func(v float64) func(int) float64 { return func(int) float64 { return v } }
	at := func(i int) float64 { return recorded[i] }
	return []shape{
		{"step", "0.2, for ten minutes 0.9, 0.2", step, step, 150},
		{"ramp", "from 0 to 1 and back, 0.01 a scrape", ramp, ramp, 201},
		{"spike", "0.3, every 20th scrape 1", spike, flat(0.3), 150},
		{"noise", "24 hours of 0.6, where level 1 begins, ± 5 %", noisy, flat(0.6), day},
		{"recorded", "two real cores on which processes come and go", at, at, len(recorded)},
	}
}

// recordedLoad reads the load of a real host from its CPU time.
func recordedLoad(t *testing.T) (loads []float64) {
	f, err := os.Open(filepath.Join("testdata", "recorded_load.txt"))
	require.NoError(t, err)
	defer f.Close()
	var b busyness
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		var second, user, nice, system, idle, iowait, irq, softirq, steal float64
		_, err := fmt.Sscan(lines.Text(), &second, &user, &nice, &system, &idle, &iowait, &irq, &softirq, &steal)
		require.NoError(t, err, lines.Text())
		busy := user + nice + system + irq + softirq + steal
		if load := b.load(cpuReading{busy: busy, total: busy + idle + iowait}); !isMissing(load) {
			loads = append(loads, load)
		}
	}
	require.NotEmpty(t, loads)
	return loads
}

// course is what a processor did under a shape.
type course struct {
	shape
	loads  []float64
	levels []int
	series []int
	figures
}

// figures are what the README says of a course.
type figures struct {
	response    int // most scrapes from where the load reaches a level to where that is active; 0 if it never does
	overshoot   int // most levels above the one that the calm load reaches
	changes     int // of the level
	oscillation int // changes up after one down, or the reverse, under a calm load that did not cross a level meanwhile
	violations  int // scrapes with more series than max_series
	most, least int // series out
}

// suiteCeiling is the max_series of the suite, suiteProcesses how many
// processes there are: their memory is 1, 2, 3 MiB and so on.
const (
	suiteCeiling   = 200
	suiteProcesses = 120
)

func (s shape) run(t *testing.T) course {
	t.Helper()
	c := course{shape: s, figures: figures{least: math.MaxInt}}
	h := newHost(t, func(cfg *Config) { cfg.MaxSeries, cfg.Load.Processes = suiteCeiling, Range{} })
	h.scrape(0, crowdOf(h.second)...)
	for i := range s.n {
		load := min(s.load(i), 1)
		out := h.scrape(load, crowdOf(h.second)...)
		c.loads = append(c.loads, load)
		c.levels = append(c.levels, levelOf(t, h.p))
		c.series = append(c.series, seriesIn(out))
	}
	c.measure()
	return c
}

func crowdOf(second int) (all []ps) {
	for i := range suiteProcesses {
		all = append(all, ps{PID: int64(1 + i), Begun: 1, CPU: float64(second) / 1e4, Memory: float64(1+i) * mebibyte})
	}
	return all
}

// seriesIn counts the points of processes that are not the last of a series.
func seriesIn(md pmetric.Metrics) (n int) {
	for _, rm := range md.ResourceMetrics().All() {
		if _, ok := rm.Resource().Attributes().Get("process.executable.name"); !ok {
			continue // the CPU
		}
		for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
			if m.Type() == pmetric.MetricTypeGauge { // the count of _other_
				n += m.Gauge().DataPoints().Len()
				continue
			}
			for _, dp := range m.Sum().DataPoints().All() {
				if !dp.Flags().NoRecordedValue() {
					n++
				}
			}
		}
	}
	return n
}

// measure finds the figures.
func (c *course) measure() {
	reaches := newController(createDefaultConfig().(*Config).Levels.loads(), 0).reached
	due, waited, direction := 0, 0, 0
	for i, level := range c.levels {
		want := reaches(c.calm(i))
		if want != due { // the load calls for another level
			direction = 0
		}
		due = want
		if level >= want {
			waited = 0
		} else if waited++; waited > c.response {
			c.response = waited
		}
		c.overshoot = max(c.overshoot, above(c, i, level, reaches))
		if i > 0 && level != c.levels[i-1] {
			c.changes++
			if way := sign(level - c.levels[i-1]); direction != 0 && way != direction {
				c.oscillation++
			} else {
				direction = way
			}
		}
		if c.series[i] > suiteCeiling {
			c.violations++
		}
		c.most, c.least = max(c.most, c.series[i]), min(c.least, c.series[i])
	}
}

// above is by how many levels one is beyond all that the load reached in the
// scrapes for which a level stays.
func above(c *course, i, level int, reaches func(float64) int) int {
	highest := 0
	for j := max(0, i-medianOf-leastDwell); j <= i; j++ {
		highest = max(highest, reaches(c.calm(j)/release))
	}
	return max(level-highest, 0)
}

func (f figures) row(s shape) string {
	return fmt.Sprintf("| %s | %s | %d | %d | %d | %d | %d | %d to %d |", s.name, s.about, f.response, f.overshoot, f.changes, f.oscillation, f.violations, f.least, f.most)
}

// The level follows the load and nothing else, and the ceiling holds. The plot
// and the table in the README are those of this test; -update writes them.
func TestTheLevelFollowsTheLoad(t *testing.T) {
	var all []course
	for _, s := range shapes(t) {
		c := s.run(t)
		t.Log(c.row(s))
		require.Zero(t, c.overshoot, "%s: overshoot", s.name)
		require.Zero(t, c.oscillation, "%s: oscillations", s.name)
		require.Zero(t, c.violations, "%s: scrapes above the ceiling", s.name)
		require.LessOrEqual(t, c.response, medianOf-1, "%s: scrapes to respond", s.name)
		all = append(all, c)
	}
	rows := []string{"| Load | | response, scrapes | overshoot, levels | changes | oscillations | above the ceiling | series out |", "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"}
	for _, c := range all {
		rows = append(rows, c.row(c.shape))
	}
	same(t, "README.md", between(t, "suite", strings.Join(rows, "\n")))
	same(t, "suite.svg", plot(all))
}

// Output falls as the load rises and comes back with it.
func TestOutputMovesAgainstTheLoad(t *testing.T) {
	c := shapes(t)[1].run(t)
	top := slices.Index(c.loads, 1)
	require.Greater(t, c.series[0], c.series[top])
	require.Greater(t, c.series[len(c.series)-1], c.series[top])
	for i := 1; i <= top; i++ {
		require.LessOrEqual(t, c.series[i], c.series[i-1], "scrape %d of the rise", i)
	}
}
