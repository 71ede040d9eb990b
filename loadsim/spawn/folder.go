//go:build linux

package spawn

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// folder is the run's folder: it holds the child program under every path that
// a process of the run has.
type folder struct {
	path string
	made map[string]bool
}

func newFolder(dir string) (*folder, error) {
	code, err := program()
	if err != nil {
		return nil, err
	}
	path, err := os.MkdirTemp(dir, "phoenix-loadsim-")
	if err != nil {
		return nil, fmt.Errorf("make the run's folder: %w; check the folder that was given for it, or TMPDIR", err)
	}
	path, err = real(path)
	if err != nil {
		return nil, err
	}
	f := &folder{path: path, made: map[string]bool{zygoteName: true}}
	if err := writeProgram(f.program(), code); err != nil {
		return nil, errors.Join(err, f.remove())
	}
	return f, nil
}

// real is a path as the kernel shows it in /proc/PID/exe.
func real(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find the run's folder: %w", err)
	}
	return filepath.EvalSymlinks(path)
}

func (f *folder) program() string { return filepath.Join(f.path, zygoteName) }

func (f *folder) remove() error { return os.RemoveAll(f.path) }

// provide sees to it that the child program is there under this path.
func (f *folder) provide(path string) error {
	if f.made[path] {
		return nil
	}
	at := filepath.Join(f.path, path)
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		return fmt.Errorf("executable %s: %w", path, err)
	}
	if err := linkOrCopy(f.program(), at); err != nil {
		return fmt.Errorf("executable %s: %w", path, err)
	}
	f.made[path] = true
	return nil
}

// linkOrCopy copies where the file system has no hard links, or no more of them.
func linkOrCopy(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	code, err := program()
	if err != nil {
		return err
	}
	return writeProgram(to, code)
}

// writeProgram writes an executable file while no goroutine can start a
// process: such a one would have the file open for a moment, and the kernel
// executes no file that somebody may write to.
func writeProgram(path string, code []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, code, 0o700); err != nil {
		return fmt.Errorf("write the child program: %w", err)
	}
	return nil
}
