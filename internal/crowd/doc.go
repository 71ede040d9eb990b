// Package crowd keeps real processes in known numbers, for recordings and
// tests: idle ones, ones that use a known share of a core, and short-lived
// ones that come and go. [Start] starts them, [Crowd.Stop] ends them; if their
// parent is killed, the kernel ends them, and an empty folder stays among the
// temporary files. It needs Linux.
//
// A binary that asks for [Settings.Busy] calls [RunIfChild] first in its main
// or TestMain, since such a process is the binary itself under another name.
package crowd
