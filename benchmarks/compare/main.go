// Command compare measures topk and the series meters beside what else could
// be done with the same batches: reading them, copying them, filtering them.
// All of it runs in one process, in turns, so that a busy machine is busy for
// everybody. It prints a table and ends with an error only if a result is
// wrong: a target that is missed is a line that says so.
//
//	cd benchmarks/compare && go run .
package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
)

// procs and gcPercent are fixed, since the cost of what allocates depends on
// them.
const (
	procs     = 2
	gcPercent = 100
)

func main() {
	runtime.GOMAXPROCS(procs)
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(math.MaxInt64)
	if err := run(os.Stdout, full); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// scale says on how large hosts, and how often, to measure.
type scale struct {
	small, middle, large int   // processes
	sent                 int   // processes of the host whose bytes are counted
	scraped              []int // processes that are scraped
	rounds               int   // at the middle size
	largeRounds          int
	scrapedTarget        int // that of scraped which the targets are for
	scrapingRounds       int // at each of scraped
}

var full = scale{
	scraped: []int{100, 1_000, 4_000, 10_000}, scrapedTarget: 4_000, scrapingRounds: 9,
	small: 1_000, middle: 10_000, large: 100_000, sent: 4_000, rounds: 15, largeRounds: 7,
}

// run measures everything and writes the table.
func run(w io.Writer, s scale) error {
	// The clock counts what one thread does.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var t table
	for _, measure := range []func(*table, scale) error{addScraping, addRatios, addMemory, addBytes} {
		if err := measure(&t, s); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "GOMAXPROCS=%d GOGC=%d, medians of %d rounds, %s\n\n", procs, gcPercent, s.rounds, clockName)
	if err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return t.write(w)
}
