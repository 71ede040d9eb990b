package supervise

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// children are all children of this process: the program, and what others left
// behind, which the kernel gives to the first process of a container. It waits
// for every child, so that nothing else in the process can.
type children struct {
	mu    sync.Mutex
	known map[int]chan ending
}

func newChildren() (c *children, stop func()) {
	c = &children{known: map[int]chan ending{}}
	// Outside a container orphans go to the host's first process. So that it is
	// the same everywhere they come here; without, they go there.
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	ends, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(ends, syscall.SIGCHLD)
	var working sync.WaitGroup
	working.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-ends:
				c.reap()
			}
		}
	})
	return c, func() {
		signal.Stop(ends)
		close(done)
		working.Wait()
	}
}

// start starts a program in a process group of its own: a terminal's Ctrl-C is
// forwarded like any other signal, and not told twice. It ends with the thread
// that calls.
func (c *children) start(program string, args []string) (pid int, ended <-chan ending, err error) {
	cmd := exec.Command(program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return 0, nil, err
	}
	e := make(chan ending, 1)
	pid = cmd.Process.Pid
	c.known[pid] = e
	return pid, e, cmd.Process.Release()
}

// reap waits for every child that ended. What is left of the program's group
// ends with it.
func (c *children) reap() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WNOHANG, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if ended, isOurs := c.known[pid]; isOurs {
			delete(c.known, pid)
			_ = unix.Kill(-pid, unix.SIGKILL) // mostly there is nobody
			ended <- endingOf(status)
		}
	}
}

func endingOf(status unix.WaitStatus) ending {
	if !status.Signaled() {
		return ending{status.ExitStatus(), fmt.Sprintf("exit status %d", status.ExitStatus())}
	}
	e := ending{128 + int(status.Signal()), "killed by " + unix.SignalName(status.Signal())}
	if status.Signal() == unix.SIGKILL {
		e.why += ", as for want of memory"
	}
	return e
}

func forward(pid int, sig os.Signal) {
	if s, ok := sig.(syscall.Signal); ok {
		_ = unix.Kill(pid, s) // it may have ended
	}
}
