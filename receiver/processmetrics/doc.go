//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml

// Package processmetrics is a receiver of the metrics of a Linux host's
// processes. It writes what the process scraper of hostmetrics writes, under
// the same names and with the same values, from far fewer reads.
//
// Package procread reads; this package says what it has to read (want_linux.go) and
// turns what it read into metrics (writer_linux.go, and template_linux.go, which
// makes that cheap; unattributed_linux.go for what no process shows).
package processmetrics
