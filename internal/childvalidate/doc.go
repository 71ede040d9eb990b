// Package childvalidate asks a child process whether the collector can run a
// configuration. What it takes to find out (a panic, all the memory, a loop
// that does not end) then happens to the child:
//
//	err := childvalidate.Validator{}.Validate(ctx, effective.Config, names)
//
// The child is our own binary with the argument validate. It builds every
// component and starts none. The configuration, which holds secrets, comes to
// it by a pipe and never stands on a disk. It has no variables of the
// environment but those named, bounds on its time, its memory, its output and
// the files that it writes, and, where this process may make one, a network
// namespace of its own with nothing in it. It ends with its parent.
//
// That is for Linux. Elsewhere only time, environment and output are bounded.
package childvalidate
