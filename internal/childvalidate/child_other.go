//go:build !linux

package childvalidate

import (
	"os"
	"os/exec"
)

// inherited is where a child finds its configuration.
const inherited = "/dev/fd/3"

// self is our own binary.
func self() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

func start(command func() *exec.Cmd) (*exec.Cmd, error) {
	cmd := command()
	return cmd, cmd.Start()
}

func bound(int, limits) error { return nil }

func resident(int) int64 { return 0 }

func kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

func ended(cmd *exec.Cmd) { _ = cmd.Wait() }

func reap(*exec.Cmd) {}
