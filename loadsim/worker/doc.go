// Package worker takes simulations for its host from a server, one at a time.
// docs/loadsim-worker.md describes the protocol; the types here are those of
// both sides.
//
// The host's owner decides what is possible: the limits that the worker was
// started with hold whatever a server asks for, and a simulation that does not
// fit them is refused.
package worker
