package work

import (
	"errors"
	"fmt"
	"runtime"
	"slices"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
)

// scrapesToSettle is after how many scrapes everything has its final size.
const scrapesToSettle = 10

// State returns how many bytes of heap a topk retains for each live process
// between two scrapes: all of it, with what it keeps of the last batch, divided
// by the number of processes. A few of those end and begin at each scrape.
func State(processes int) (bytes float64, err error) {
	before := heap()
	t, err := settle(processes)
	if err != nil {
		return 0, err
	}
	used := heap() - before
	if err := t.Close(); err != nil {
		return 0, err
	}
	return float64(used) / float64(processes), nil
}

// settle returns a topk whose host and outputs are gone.
func settle(processes int) (*Topk, error) {
	t, err := NewTopk()
	if err != nil {
		return nil, err
	}
	h := scrapes.NewHost(scrapes.Settings{Processes: processes, Churn: 0.002})
	for range scrapesToSettle {
		if err := t.Scrape(h.Next()); err != nil {
			return nil, errors.Join(err, t.Close())
		}
	}
	if err := t.Check(h); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	t.Out, t.consumer = pmetric.NewMetrics(), nil
	return t, nil
}

// heap returns the size of what is reachable.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what had a finaliser, or was in a pool, goes at the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Allocations says what topk allocates in a scrape in which no process begins
// or ends.
type Allocations struct {
	PerDropped float64 // for every further point that is dropped
	PerEmitted float64 // all of it, for every point that goes on
}

// Allocated measures the allocations on hosts of two sizes: they keep the same
// processes, so the difference is due to the points that the larger one drops.
func Allocated(small, large int) (a Allocations, err error) {
	few, _, err := allocated(small)
	if err != nil {
		return a, err
	}
	many, emitted, err := allocated(large)
	if err != nil {
		return a, err
	}
	dropped := (large - small) * scrapes.PointsPerProcess
	return Allocations{
		PerDropped: (many - few) / float64(dropped),
		PerEmitted: many / float64(emitted),
	}, nil
}

// allocated returns the median number of allocations in a scrape, and how many
// points went on.
func allocated(processes int) (allocations float64, emitted int, err error) {
	t, err := NewTopk()
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	h := scrapes.NewHost(scrapes.Settings{Processes: processes})
	var counts []uint64
	for i := range 2*scrapesToSettle + 1 {
		n, err := mallocs(t, h.Next())
		if err != nil {
			return 0, 0, err
		}
		t.Count()
		if i >= scrapesToSettle {
			counts = append(counts, n)
		}
	}
	if err := t.Check(h); err != nil {
		return 0, 0, fmt.Errorf("count allocations: %w", err)
	}
	slices.Sort(counts)
	return float64(counts[len(counts)/2]), t.Out.DataPointCount(), nil
}

func mallocs(t *Topk, md pmetric.Metrics) (uint64, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := t.Run(md)
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs, err
}
