package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// loop is the loop in C, waiting to be told to read.
type loop struct {
	title string
	dir   string
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
}

// newLoop compiles and starts it. With keep it opens each file once.
func newLoop(keep bool) (*loop, error) {
	l := &loop{title: "loop in C"}
	options := []string{"stat", "statm", "io"}
	if keep {
		l.title, options = "loop in C, files kept open", append([]string{"-k"}, options...)
	}
	dir, err := os.MkdirTemp("", "readproc")
	if err != nil {
		return nil, fmt.Errorf("make a directory for the loop in C: %w", err)
	}
	program := filepath.Join(dir, "readproc")
	if out, err := exec.Command("cc", "-O2", "-o", program, filepath.Join("testdata", "readproc.c")).CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("compile testdata/readproc.c: %w: %s; apt-get install gcc libc6-dev", err, out), os.RemoveAll(dir))
	}
	l.dir, l.cmd = dir, exec.Command(program, options...)
	if err := l.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start the loop in C: %w", err), os.RemoveAll(dir))
	}
	return l, nil
}

func (l *loop) start() (err error) {
	if l.in, err = l.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	l.out = bufio.NewReader(out)
	return l.cmd.Start()
}

func (l *loop) name() string { return l.title }

// scrape has everything read once. That the program allocates is not seen.
func (l *loop) scrape() (took time.Duration, processes int, err error) {
	if _, err := fmt.Fprintln(l.in); err != nil {
		return 0, 0, fmt.Errorf("tell the loop in C to read: %w", err)
	}
	line, err := l.out.ReadString('\n')
	if err != nil {
		return 0, 0, fmt.Errorf("wait for the loop in C: %w", err)
	}
	var bytes int64
	if _, err := fmt.Sscan(strings.TrimSpace(line), &processes, &bytes, (*int64)(&took)); err != nil {
		return 0, 0, fmt.Errorf("the loop in C said %q: %w", line, err)
	}
	return took, processes, nil
}

func (l *loop) close() error {
	return errors.Join(l.in.Close(), l.cmd.Wait(), os.RemoveAll(l.dir))
}
