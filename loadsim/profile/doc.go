// Package profile makes plans: from the name of a profile, a seed and a few
// numbers, or from a file.
//
// Every profile is a list of patterns, as a custom file is: the built-in ones
// only work theirs out from the numbers. [New] checks the numbers and returns
// the plan; the same numbers and the same seed always return the same.
package profile
