//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml

// Package processgroup is a processor that sums the processes of each host
// into named groups. Critical processes stay on their own, and a process called
// _other_ holds exactly what is in no group.
//
// identify.go finds the group of a process; table.go decides which groups have a
// place and knows nothing of the collector; chooser.go applies both to the
// scrapes of a host. Package processbatch adds up and writes.
package processgroup
