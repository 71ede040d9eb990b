// Package procread reads the processes of a Linux host from /proc with as few
// system calls as it can, and without allocating once it has seen a process.
//
// A Reader goes through all processes at each scrape:
//
//	r, err := procread.Open("/", procread.Settings{Want: procread.IO | procread.Owner})
//	tally, err := r.Scrape(func(p *procread.Process) { … })
//
// Every scrape reads a process's stat, and of its other files those that
// something wanted is in. What seldom changes (name, command line, path, owner,
// control group) is kept with the process, which is known by its PID and its
// creation time, and read again when stat shows that another program runs, or
// after Settings.Refresh.
//
// What the host's cores used and no process shows is found from the same reads:
// [Unattributed]. The container and the pod of a process are in its control
// group: container.go.
//
// A process that ends while it is read is left out. A file that cannot be read
// takes away only what is in it; the Tally counts both.
//
// The parsers take bytes and know nothing of files; files_linux.go has the
// system calls.
package procread
