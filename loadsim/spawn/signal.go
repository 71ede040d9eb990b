//go:build linux

package spawn

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// send signals the process that was born as id under this PID, and nobody
// else: the handle that FindProcess returns is a pidfd, so whoever has the PID
// when we look at /proc is who gets the signal, or nobody does. That the
// process is gone is no error.
func (f *folder) send(pid int, id uint32, signal os.Signal) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return fmt.Errorf("signal process %d (PID %d): %w", id, pid, err)
	}
	defer p.Release()
	if !f.runs(pid, id) {
		return nil
	}
	if err := p.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal process %d (PID %d): %w", id, pid, err)
	}
	return nil
}

// runs says whether this PID is now of the process of this run with this ID.
func (f *folder) runs(pid int, id uint32) bool {
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil || !strings.HasPrefix(exe, f.path+string(filepath.Separator)) {
		return false
	}
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return err == nil && bytes.HasPrefix(environ, []byte(mark(id)+" "))
}
