//go:build linux

package crowd

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// spawner starts executables through symbolic links, so that a process has the
// name that it is to have, while its executable's path is the real one.
type spawner struct {
	sleep, self string
	null        *os.File
	folder      string
}

func newSpawner() (spawner, error) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		return spawner{}, fmt.Errorf("idle processes are those of sleep(1): %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return spawner{}, fmt.Errorf("find this program's own file: %w", err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return spawner{}, err
	}
	folder, err := os.MkdirTemp("", "phoenix-crowd-")
	if err != nil {
		return spawner{}, errors.Join(fmt.Errorf("make a folder for the names: %w", err), null.Close())
	}
	return spawner{sleep: sleep, self: self, null: null, folder: folder}, nil
}

func (s spawner) close() {
	_ = s.null.Close()
	_ = os.RemoveAll(s.folder) // it holds nothing that anyone misses
}

// forever is how long an idle process sleeps: 68 years, in seconds, which
// every sleep(1) takes.
const forever = "2147483647"

// spawn starts a process and returns its PID once it runs under its name. It
// sleeps if w is zero. A link is needed only until then.
func (s spawner) spawn(name string, w work, life time.Duration) (int, error) {
	target, argv, env := s.sleep, []string{"sleep", forever}, []string(nil)
	switch {
	case w.CPU > 0:
		w.Life = life
		target, argv, env = s.self, []string{name}, w.environment(s.folder)
	case life > 0:
		argv[1] = fmt.Sprintf("%.3f", life.Seconds())
	}
	link := filepath.Join(s.folder, name)
	if err := os.Symlink(target, link); err != nil {
		return 0, fmt.Errorf("name a process: %w", err)
	}
	pid, err := syscall.ForkExec(link, argv, &syscall.ProcAttr{
		Env:   env,
		Files: []uintptr{s.null.Fd(), s.null.Fd(), s.null.Fd()},
		// The kernel ends it with its parent; a terminal's Ctrl-C is for the
		// parent only.
		Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true},
	})
	if err != nil {
		err = fmt.Errorf("start %s: %w; see ulimit -u and the host's limit of PIDs", name, err)
	}
	return pid, errors.Join(err, os.Remove(link))
}

// wait says whether a child has ended; options are those of wait4(2).
func wait(pid, options int) bool {
	for {
		got, err := syscall.Wait4(pid, nil, options, nil)
		if !errors.Is(err, syscall.EINTR) {
			return got == pid || err != nil
		}
	}
}
