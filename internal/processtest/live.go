package processtest

import (
	"context"
	"maps"
	"math"
	"strings"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/live"
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// ConfOf returns a configuration as the collector hands it out.
func ConfOf(t T, cfg component.Config) *confmap.Conf {
	t.Helper()
	conf := confmap.New()
	require.NoError(t, conf.Marshal(cfg))
	return conf
}

// Change lets a component change while it runs.
func Change(t T, target live.Target, cfg component.Config) {
	t.Helper()
	commit, err := target.Prepare(context.Background(), ConfOf(t, cfg))
	require.NoError(t, err)
	commit()
}

// CheckLive checks that over changes of a running processor, at any scrapes of
// a simulation, nothing is counted twice and nothing is lost, whichever of two
// ways a backend counts: after every scrape what it counts and what waits are
// what the processes used. Change may change the processor and put another one
// in its place. Until its mode is enforce for the first time batches pass as
// they are, and the count begins with the last of them.
func CheckLive(t *rapid.T, p *thinning.Processor, sink *consumertest.MetricsSink,
	scrape func(*Simulation, Faults) pmetric.Metrics, change func(*thinning.Processor) *thinning.Processor,
) {
	s, f, b := NewSimulation(t), drawFaults(t), newBooks()
	raw := p.Mode() == string(thinning.Observe)
	for range rapid.IntRange(2, 12).Draw(t, "scrapes") {
		if rapid.IntRange(0, 2).Draw(t, "change") == 0 {
			p = change(p)
			raw = raw && p.Mode() == string(thinning.Observe)
		}
		faults := f
		if raw { // a bad value that passes spoils what a backend counts
			faults = Faults{}
		}
		md := withoutCommandLines(scrape(s, faults))
		out := Push(t, p, sink, md)
		b.take(md, out)
		if raw {
			require.Equal(t, md, out, "as it came")
			b.begin(out)
		}
		b.check(t, waitingIn(p))
		CheckLevels(t, b.truth, out)
		if p.Mode() == string(thinning.Observe) {
			b.checkAllThere(t, out)
		}
		s.Step(t)
	}
}

// withoutCommandLines lets the series that pass as they are be the same as
// those that are written.
func withoutCommandLines(md pmetric.Metrics) pmetric.Metrics {
	for _, rm := range md.ResourceMetrics().All() {
		rm.Resource().Attributes().Remove("process.command_line")
	}
	return md
}

// books count what goes in and what comes out, from a beginning on.
type books struct {
	truth           *Truth
	plain, believer *Backend
	begun           [3]map[string]float64
}

func newBooks() *books {
	return &books{truth: NewTruth(), plain: NewBackend(false), believer: NewBackend(true)}
}

func (b *books) used() [3]map[string]float64 {
	return [3]map[string]float64{b.truth.Used, b.plain.Used, b.believer.Used}
}

// begin begins the count behind a batch that passed. The backends know no
// sample before it: a process that takes a name again which it had long ago
// goes on with the series of then, for as long as nobody conserves anything.
func (b *books) begin(out pmetric.Metrics) {
	b.plain, b.believer = NewBackend(false), NewBackend(true)
	b.plain.Take(out)
	b.believer.Take(out)
	for i, used := range b.used() {
		b.begun[i] = maps.Clone(used)
	}
}

func (b *books) take(in, out pmetric.Metrics) {
	b.truth.Take(in)
	b.plain.Take(out)
	b.believer.Take(out)
}

// check compares the sums of all seconds and of all bytes, with what waits; and
// every total on its own if nothing does.
func (b *books) check(t *rapid.T, waits process.Amount) {
	t.Helper()
	var sums [3]process.Amount
	for key := range b.truth.Used {
		for i, used := range b.used() {
			v := used[key] - b.begun[i][key]
			if strings.Contains(key, "process.disk.io") {
				sums[i].Int += int64(v)
			} else {
				sums[i].Float += v
			}
			if waits == (process.Amount{}) {
				require.InDelta(t, b.truth.Used[key]-b.begun[0][key], v, 1e-9*math.Max(1, used[key]), "%s: %d", key, i)
			}
		}
	}
	for i := 1; i < len(sums); i++ {
		require.Equal(t, sums[0].Int, sums[i].Int+waits.Int, "way of counting %d", i)
		require.InDelta(t, sums[0].Float, sums[i].Float+waits.Float, 1e-8*math.Max(1, sums[0].Float), "way of counting %d", i)
	}
}

// checkAllThere checks that every process which has a value has its name.
func (b *books) checkAllThere(t *rapid.T, out pmetric.Metrics) {
	t.Helper()
	there := map[string]bool{}
	for _, s := range AllSamples(out) {
		there[Offer(s.Host, s.PID)] = there[Offer(s.Host, s.PID)] || !s.Flagged
	}
	for offer, accepted := range b.truth.Offered {
		require.True(t, there[offer] || len(accepted) == 0, offer)
	}
}

// waitingIn is what no point of the output shows yet, in seconds and in bytes:
// a simulation has no other doubles, and no other integers, that are counters.
func waitingIn(p *thinning.Processor) (sum process.Amount) {
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
