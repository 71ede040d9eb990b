// Package benchmarks measures what the product's own work costs, on batches as
// the process scraper emits them (package scrapes):
//
//	go test -run '^$' -bench . ./benchmarks/...
//
// README.md says how to read the figures, and what they were. The module
// compare measures the same work beside peers that the product does not depend
// on.
package benchmarks
