package childvalidate

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// limits are what a child is bounded by.
type limits struct {
	time   time.Duration
	memory int64
}

const (
	// lastOutput is how long what an ended child printed is waited for.
	lastOutput = time.Second
	// glance is the time between two looks at the memory of a child.
	glance = 20 * time.Millisecond
)

// ending is how a child ended.
type ending struct {
	state  *os.ProcessState
	output []byte
	// why is nil if it ended by itself, else why it was ended.
	why error
}

// errMemory is why a child was ended that took too much memory.
var errMemory = errors.New("too much memory")

// run runs a child until it ends. The error says that it could not be started.
func run(ctx context.Context, command, variables []string, text []byte, l limits) (ending, error) {
	// A child that is to end with its parent ends with the thread that
	// started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	read, write, err := os.Pipe()
	if err != nil {
		return ending{}, err
	}
	defer write.Close()
	out := &tail{}
	cmd, err := start(func() *exec.Cmd {
		args := append(command[1:len(command):len(command)], "validate", "--config=file:"+inherited)
		cmd := exec.Command(command[0], args...)
		cmd.Env, cmd.ExtraFiles = variables, []*os.File{read}
		cmd.Stdout, cmd.Stderr, cmd.WaitDelay = out, out, lastOutput
		return cmd
	})
	if err = errors.Join(err, read.Close()); err != nil {
		return ending{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.time)
	defer cancel()
	e := ending{why: guard(ctx, cmd, write, text, l)}
	e.state, e.output = cmd.ProcessState, out.text()
	return e, nil
}

// guard feeds a child its configuration and waits for its end, which it brings
// about when a limit is reached. It returns why it did.
func guard(ctx context.Context, cmd *exec.Cmd, write *os.File, text []byte, l limits) error {
	bounded := bound(cmd.Process.Pid, l)
	if bounded != nil {
		kill(cmd)
	}
	go func() { // it has limits before it has anything to do
		_, _ = write.Write(text) // a child that reads no more says why
		_ = write.Close()
	}()
	done, why := make(chan struct{}), make(chan error)
	go func() { why <- watch(ctx, cmd, done, l) }()
	ended(cmd)
	close(done)
	defer reap(cmd) // nobody ends it any more: its number may now be another's
	return errors.Join(bounded, <-why)
}

// watch ends a child that reaches a limit and returns which.
func watch(ctx context.Context, cmd *exec.Cmd, done <-chan struct{}, l limits) error {
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			kill(cmd)
			return ctx.Err()
		case <-ticker.C:
			if resident(cmd.Process.Pid) > l.memory {
				kill(cmd)
				return errMemory
			}
		}
	}
}
