// Package acceptance shows what Phoenix promises by running the built programs
// together on this machine: the collector, and loadsim beside it. Each test
// prints its measured figures beside those that pass.
//
// The tests that are here are named after their rows of the acceptance table;
// `make acceptance` runs them, one after the other.
package acceptance
