// Package ingest measures how the control plane takes the metrics of a fleet.
//
//	go test -bench . ./benchmarks/ingest
//	go test ./benchmarks/ingest -v -timeout 20m -fleet.duration=10m -fleet.agents=10000
//
// The second sends 20,000 points a second of 400,000 series and prints CPU,
// latency and resident memory, each minute and at the end.
package ingest
