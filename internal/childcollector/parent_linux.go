package childcollector

import "syscall"

// withParent makes the kernel end the child when its parent is killed, and
// keeps a terminal's Ctrl-C from the child: the parent ends it in order.
func withParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
}
