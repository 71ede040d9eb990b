//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml

// Package topk is a processor that keeps the K most demanding processes of
// each host, every critical one, and one process called _other_ that holds
// exactly the rest.
//
// ranking.go and selection.go decide and know nothing of the collector;
// package processbatch reads the batch and writes the result; processor.go
// ties the two together.
package topk
