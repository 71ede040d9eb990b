// Package supervise keeps a program running: where a container has no service
// manager, it starts the collector again each time that it ends.
//
// A container's own restarts wait longer and longer, up to minutes, while a
// collector that ended in the trial of a bad configuration needs one more start
// to go back to the last good one. Here no start waits longer than [longestWait].
//
// As the first process of a container it also waits for the children that
// others left behind.
package supervise
