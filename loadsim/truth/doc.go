// Package truth writes down what a load simulation really did, and reads it
// again: a file of JSON Lines, each of one kind.
//
//	run      the plan, its numbers and its limits; the first line
//	birth    a process runs under its own name
//	exit     it has ended, with what the kernel accounted to it
//	failure  an attempt that made no process
//	summary  what was asked for and what came of it; the last line
//
// A file without a summary is that of a run that was cut off: everything in it
// is true all the same.
package truth
