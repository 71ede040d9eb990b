package childvalidate

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// inherited is where a child finds its configuration.
const inherited = "/proc/self/fd/3"

// self is our own binary, also after another one has taken its place.
func self() string { return "/proc/self/exe" }

// start starts a child in a network namespace of its own where that can be had,
// and else without one.
func start(command func() *exec.Cmd) (*exec.Cmd, error) {
	var errs []error
	for _, flags := range namespaces() {
		cmd := command()
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true, Cloneflags: flags}
		if flags&unix.CLONE_NEWUSER != 0 {
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
		}
		err := cmd.Start()
		if err == nil {
			return cmd, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// namespaces are the ways to start a child, the best first. In a user namespace
// it would lose the capabilities by which it reads the owner's files: only who
// has none makes one.
func namespaces() []uintptr {
	if capabilities() == 0 {
		return []uintptr{unix.CLONE_NEWUSER | unix.CLONE_NEWNET, 0}
	}
	return []uintptr{unix.CLONE_NEWNET, 0}
}

// capabilities are the effective ones of this thread.
func capabilities() uint64 {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if unix.Capget(&header, &data[0]) != nil {
		return ^uint64(0)
	}
	return uint64(data[1].Effective)<<32 | uint64(data[0].Effective)
}

// bound gives a running child its limits. It has not been told anything yet.
func bound(pid int, l limits) error {
	seconds := uint64(l.time/time.Second) + 1
	for _, limit := range []struct {
		resource int
		most     uint64
	}{{unix.RLIMIT_CPU, seconds}, {unix.RLIMIT_FSIZE, 0}, {unix.RLIMIT_CORE, 0}} {
		err := unix.Prlimit(pid, limit.resource, &unix.Rlimit{Cur: limit.most, Max: limit.most}, nil)
		if err != nil && !errors.Is(err, unix.ESRCH) { // it has ended already
			return fmt.Errorf("set resource limit %d: %w", limit.resource, err)
		}
	}
	return nil
}

// resident is how many bytes of memory a process has; 0 once it has ended.
func resident(pid int) int64 {
	statm, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(statm)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}

// kill ends a child and what it started. It must not have been reaped.
func kill(cmd *exec.Cmd) { _ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }

// ended waits for the end of a child, which keeps its number.
func ended(cmd *exec.Cmd) {
	for unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
}

// reap ends what an ended child left, and gives its number back. What its state
// says is judged, not the error.
func reap(cmd *exec.Cmd) {
	kill(cmd)
	_ = cmd.Wait()
}
