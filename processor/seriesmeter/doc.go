//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml

// Package seriesmeter is a processor that changes nothing and measures what
// goes through: one record per scrape, variant and host. A meter at the input
// and one at the output of a pipeline, of the same variant, find each other by
// the scrape and say what the processors between them saved and lost.
//
// input.go, output.go, totals.go and distinct.go measure; exchange.go brings the
// two meters together; sender.go sends the records away.
package seriesmeter
