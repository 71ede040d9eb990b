// Package scrapes makes the batches that the benchmarks run on: successive
// scrapes of one simulated host, as the process scraper of hostmetrics v0.160
// emits them, with ten data points a process.
//
//	h := scrapes.NewHost(scrapes.Settings{Processes: 10_000, Churn: 0.002})
//	md := h.Next()    // one scrape; the next one changes the same batch
//	h.Truth()         // what all processes used since the first scrape
//
// The truth is kept by the simulation itself, so it is independent of what is
// measured: [Consumer] counts an output as a backend does, and its totals are
// to be the truth.
package scrapes
