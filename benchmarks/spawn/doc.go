// Package spawn measures what making and having simulated processes costs:
// births and ends beside a bare posix_spawn loop in C, two thousand sleepers,
// and how close processes come to the share of a core that they were asked for.
//
//	go test -run '^$' -bench . ./benchmarks/spawn
package spawn
