// Package childcollector runs a collector as a child process: with a
// configuration of the caller's, its log records handed over as they come, and
// ended with its parent.
package childcollector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Settings says what to run.
type Settings struct {
	// Binary is the collector's path.
	Binary string
	// Config is its whole configuration. Records are only handed over if its
	// service::telemetry::logs::encoding is json.
	Config []byte
	// Args are further arguments, such as --feature-gates.
	Args []string
	// Log gets every log record, from one goroutine. It may be nil.
	Log func(Record)
}

// Collector is a running child.
type Collector struct {
	cmd    *exec.Cmd
	folder string
	tail   tail
	done   chan struct{}
	err    error // of the exit; valid after done
}

// Start runs a collector. It does not wait until the collector is up: what the
// pipeline sends tells that. The caller must Stop it.
func Start(s Settings) (*Collector, error) {
	folder, err := os.MkdirTemp("", "otelcol-phoenix-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the collector's configuration: %w", err)
	}
	c := &Collector{folder: folder, done: make(chan struct{})}
	if err := c.WriteConfig(s.Config); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	c.cmd = exec.Command(s.Binary, append([]string{"--config", c.configFile()}, s.Args...)...)
	c.cmd.SysProcAttr = withParent()
	records := &lines{each: func(line []byte) {
		c.tail.add(line)
		if r, ok := parse(line); ok && s.Log != nil {
			s.Log(r)
		}
	}}
	c.cmd.Stdout, c.cmd.Stderr = io.Discard, records
	c.cmd.WaitDelay = lastOutput
	started := make(chan error)
	go c.run(started, records)
	if err := <-started; err != nil {
		return nil, errors.Join(fmt.Errorf("start the collector: %w", err), os.RemoveAll(folder))
	}
	return c, nil
}

// lastOutput is how long what an ended child printed is waited for: a process
// that it left behind may hold its standard error open for ever.
const lastOutput = time.Second

// run starts the child and waits for it on one thread of its own: a child that
// is to end with its parent ends with the thread that started it.
func (c *Collector) run(started chan<- error, records *lines) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := c.cmd.Start(); err != nil {
		started <- err
		return
	}
	started <- nil
	if err := c.cmd.Wait(); !errors.Is(err, exec.ErrWaitDelay) { // it ended well all the same
		c.err = err
	}
	records.end()
	close(c.done)
}

func (c *Collector) configFile() string { return filepath.Join(c.folder, "config.yaml") }

// WriteConfig replaces the configuration, which Reload makes the collector
// read.
func (c *Collector) WriteConfig(config []byte) error {
	if err := os.WriteFile(c.configFile(), config, 0o600); err != nil {
		return fmt.Errorf("write the collector's configuration: %w", err)
	}
	return nil
}

// Reload makes the collector read its configuration again.
func (c *Collector) Reload() error { return c.cmd.Process.Signal(syscall.SIGHUP) }

// PID is the child's process id.
func (c *Collector) PID() int { return c.cmd.Process.Pid }

// Done is closed when the child has ended.
func (c *Collector) Done() <-chan struct{} { return c.done }

// Err says how the child ended, with the last lines that it printed; nil if it
// ended well or has not ended.
func (c *Collector) Err() error {
	select {
	case <-c.done:
	default:
		return nil
	}
	if c.err == nil {
		return nil
	}
	return fmt.Errorf("the collector ended: %w; it said last:\n%s", c.err, bytes.TrimSpace(c.tail.bytes()))
}

// grace is how long a collector may take to flush and end.
const grace = 15 * time.Second

// Stop ends the child, by force after its grace or when ctx ends, and removes
// its files. It returns how the child ended.
func (c *Collector) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	select {
	case <-c.done:
	case <-ctx.Done():
		_ = c.cmd.Process.Kill()
		<-c.done
	}
	return errors.Join(c.stopped(), os.RemoveAll(c.folder))
}

// stopped is Err, but for a child that ended by our own signal: it had not yet
// got as far as to handle it.
func (c *Collector) stopped() error {
	var exit *exec.ExitError
	if errors.As(c.err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGTERM {
			return nil
		}
	}
	return c.Err()
}
