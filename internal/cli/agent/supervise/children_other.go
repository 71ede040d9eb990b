//go:build !linux

package supervise

import (
	"os"
	"os/exec"
)

// children are the programs that were started.
type children struct{}

func newChildren() (c *children, stop func()) { return &children{}, func() {} }

func (c *children) start(program string, args []string) (pid int, ended <-chan ending, err error) {
	cmd := exec.Command(program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 0, nil, err
	}
	e := make(chan ending, 1)
	go func() {
		_ = cmd.Wait() // the state says it
		e <- ending{cmd.ProcessState.ExitCode(), cmd.ProcessState.String()}
	}()
	return cmd.Process.Pid, e, nil
}

func forward(pid int, sig os.Signal) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Signal(sig)
	}
}
