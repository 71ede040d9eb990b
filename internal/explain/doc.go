// Package explain says to a reader what a processor decided about processes,
// as text or as JSON: who is kept or part of _other_, since when, and why.
//
// A process chooses its own name. No byte of one reaches a terminal that is not
// printable, and command lines are not known here at all.
package explain
