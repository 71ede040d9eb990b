// Package loadsim_test runs the built program bin/loadsim as a user does, with
// real processes and a real collector.
package loadsim_test
