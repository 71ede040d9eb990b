//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml

// Package adaptivefilter is a processor that keeps more processes when its host
// has room and fewer when it is under pressure: those whose use reaches the
// thresholds of the active level, every critical one, and one process called
// _other_ that holds exactly the rest.
//
// controller.go decides which level is active, load.go what the load is,
// thresholds.go and priorities.go who reaches a level; they know nothing of the
// collector. chooser.go puts them together, once for each host, and package
// thinning does everything that is no choice.
package adaptivefilter
