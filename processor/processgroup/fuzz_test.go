package processgroup

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// hostileGroups groups by what an odd batch has: two of six PIDs have groups of
// their own, all others are grouped by attributes of all types.
func hostileGroups(c *Config) {
	c.Groups = nil
	for pid := range 2 {
		c.Groups = append(c.Groups, Group{
			Name:       fmt.Sprint(processtest.RestOfHost, pid),
			Conditions: []string{fmt.Sprintf(`resource.attributes["process.pid"] == %d`, pid+1)},
		})
	}
	c.By = []string{"process.executable.name", "process.creation.time", "process.attribute.7"}
	c.MaxGroups, c.StateLimit, c.Other.Name = 3, processtest.HostileLimit, processtest.RestOfHost
}

func newHostile(t processtest.T) (*processtest.Hostile, *thinning.Processor) {
	p, sink := run(t, hostileGroups)
	return processtest.NewHostile(p, sink), p
}

// FuzzBytes reads three scrapes from any bytes that are OTLP.
func FuzzBytes(f *testing.F) {
	processtest.FuzzBytes(f, func(t processtest.T) *processtest.Hostile {
		h, _ := newHostile(t)
		return h
	})
}

// FuzzOddBatches builds batches that are all that a scraper never writes.
func FuzzOddBatches(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(oddBatches))
}

func TestOddBatches(t *testing.T) { rapid.Check(t, oddBatches) }

func oddBatches(t *rapid.T) {
	h, p := newHostile(t)
	processtest.OddBatches(t, h)
	for _, host := range p.Hosts() {
		require.LessOrEqual(t, len(host.Chooser().(*chooser).table.groups), 3)
	}
}

// A user who gives each of many processes a name of its own, another one at
// every scrape, gets no more groups than max_groups, and totals stay whole.
func TestNamesWithoutEndAreOther(t *testing.T) {
	p, sink := run(t, most(4))
	const processes = 3000
	used := 0.0
	backend, other := processtest.NewBackend(false), 0.0
	for i := range 5 {
		many := make([]ps, processes)
		for j := range many {
			many[j] = ps{PID: int64(j + 1), Name: fmt.Sprint(i, "/", j), Begun: 1, CPU: float64(i), Memory: 1}
		}
		many[0].Name, many[1].Name = "steady", "steady"
		out := processtest.Push(t, p, sink, at(1000+10*i, many...))
		backend.Take(out)
		got := groups(out)
		require.LessOrEqual(t, len(got), 4)
		require.Contains(t, got, "steady", "it was there first")
		other = processtest.Rest(out)["process.count"]
		used = float64(i * processes)
	}
	require.InDelta(t, processes-4, other, 3, "the places of groups whose names are gone are empty for a scrape")
	require.InDelta(t, used, backend.Used["web-1|process.cpu.time|state=user,"]+waiting(p).Float, 1e-6)
}

// What a group would have been called that has no place is not remembered,
// however long it is.
func TestLongNamesWithoutAPlaceTakeNoMemory(t *testing.T) {
	const processes, length = 1000, 10_000
	many := make([]ps, processes)
	scrape := func(second int) pmetric.Metrics {
		for i := range many {
			many[i] = ps{PID: int64(i + 1), Name: fmt.Sprint(strings.Repeat("n", length), i), Begun: 1}
		}
		return at(second, many...)
	}
	p, sink := run(t, most(1))
	before := heap()
	for i := range 3 {
		processtest.Push(t, p, sink, scrape(1000+10*i))
	}
	sink.Reset()
	clear(many)
	require.Less(t, heap()-before, int64(processes*length/4))
	require.Equal(t, processes, processtest.Tracked(p))
}

// heap is how many bytes are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
