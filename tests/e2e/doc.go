// Package e2e tests the built programs as a user runs them: the collector in
// bin/ against this host's real processes, a reading of /proc of its own, and
// a real Prometheus. It needs Linux, `make build`, and a prometheus binary.
package e2e
