package process_test

import (
	"fmt"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// Two processes with a counter of CPU seconds. The first one is kept, the other
// is of the rest; a third one is born between the scrapes and is of the rest
// too. They used 2 + 1 + 4 seconds.
func Example() {
	set := process.NewSet()
	cpu, _ := set.Add(process.Series{Kind: process.Counter, Float: true})
	l := process.NewLedger(set, &process.Budget{Max: 100_000})

	const second = int64(1e9)
	scrape := func(at int64, processes ...[3]int64) {
		l.Begin()
		for _, f := range processes {
			p, _ := l.See(process.Sight{ID: process.ID{PID: int32(f[0]), Start: f[1] * second}, Time: at * second})
			if p == nil {
				continue // the budget is used up
			}
			l.AddFloat(p, cpu, float64(f[2]))
			if f[0] != 1 {
				l.Release(p)
				continue
			}
			l.Keep(p, 0)
			if v, _, ok := l.Emit(p, cpu, at*second); ok {
				fmt.Println("process 1:", v.Float)
			}
		}
		l.Finish()
		rest, _ := l.Other(cpu)
		fmt.Println("the rest: ", rest.Float)
	}
	scrape(100, [3]int64{1, 50, 600}, [3]int64{2, 60, 30})
	scrape(110, [3]int64{1, 50, 602}, [3]int64{2, 60, 31}, [3]int64{3, 105, 4})
	// Output:
	// process 1: 600
	// the rest:  0
	// process 1: 602
	// the rest:  5
}
