// Package grade compares what a collector said about a host with the truth of a
// load simulation on it.
//
// # How CPU is counted
//
// A sample belongs to the process of the load that had its PID and its name at
// that time, so that PIDs that were given again do not mix. What is attributed
// to a process are the differences between its samples, in order of time. They
// are right for the scraper's own counters, and for those of topk: a kept
// process goes on from the last value that was written under its name. What
// came before the first sample counts only if the sample says so: its start is
// before its time, and not before the observation began. topk writes a start
// equal to the time ("unknown"), so it adds nothing here.
//
// Counters that fall begin anew. What exceeds all that the process really used,
// by the kernel's accounting, is not attributed: it is excess, and shown.
//
// The truth knows what a process used in its whole life. Of a life that lies
// partly outside the observation, which is from the first scrape to the last,
// as large a part counts as of its time. Loads that change fast, or that did
// not get the CPU they wanted, make that inexact by their own unevenness.
package grade
