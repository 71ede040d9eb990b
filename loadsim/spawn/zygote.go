//go:build linux

package spawn

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// zygote is the process that bears all others.
type zygote struct {
	command *exec.Cmd
	// life is what ends everything when it is closed: nobody else has it.
	life     *os.File
	requests *os.File
	records  *os.File
}

// startZygote starts it in a session of its own, where no Ctrl-C of a terminal
// reaches it, and with no environment, by which it knows its role.
func startZygote(f *folder, s Settings) (*zygote, error) {
	ours, theirs, err := pipes()
	if err != nil {
		return nil, fmt.Errorf("make the pipes to the zygote: %w; raise the limit on open files (ulimit -n)", err)
	}
	defer closeAll(theirs)
	c := exec.Command(f.program(), f.path, strconv.Itoa(s.UserProcesses))
	c.Args[0] = zygoteName
	c.Env = []string{}
	c.Stdin, c.Stdout = theirs[0], theirs[2]
	c.ExtraFiles = theirs[1:2]
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		closeAll(ours)
		return nil, fmt.Errorf("start the zygote: %w; if programs may not be run from %s, choose another folder for the run, or another TMPDIR", err, f.path)
	}
	return &zygote{command: c, life: ours[0], requests: ours[1], records: ours[2]}, nil
}

// pipes makes those for life, requests and records. No end of ours is
// inherited by anybody.
func pipes() (ours, theirs []*os.File, err error) {
	for len(ours) < 3 {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(append(ours, theirs...))
			return nil, nil, err
		}
		ours, theirs = append(ours, w), append(theirs, r)
	}
	ours[2], theirs[2] = theirs[2], ours[2]
	return ours, theirs, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// letGo closes what keeps the run going. It may be called twice.
func (z *zygote) letGo() {
	z.life.Close()
	z.requests.Close()
}

// wait returns when the zygote has ended, with an error if it was not because
// it had been let go.
func (z *zygote) wait() error {
	err := z.command.Wait()
	if err == nil {
		return nil
	}
	var status *exec.ExitError
	if errors.As(err, &status) {
		return fmt.Errorf("the zygote (PID %d), which bears all processes of the run, ended: %w", status.Pid(), err)
	}
	return fmt.Errorf("wait for the zygote: %w", err)
}
