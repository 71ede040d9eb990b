package host

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// files reads the kernel's files. After an error it reads nothing more.
type files struct {
	root string
	err  error
}

func (f *files) read(name string) []byte {
	if f.err != nil {
		return nil
	}
	content, err := os.ReadFile(f.path(name))
	f.err = err
	return content
}

// number is what a file says that holds one.
func (f *files) number(name string) int64 {
	text := strings.TrimSpace(string(f.read(name)))
	if f.err != nil {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f.err = fmt.Errorf("%s: %q is no number", f.path(name), text)
	}
	return n
}

// tasks is how many processes and threads there are.
func (f *files) tasks() int64 {
	const place = "proc/loadavg" // 0.20 0.18 0.12 1/80 11206: of 80 one runs
	fields := strings.Fields(string(f.read(place)))
	if f.err != nil {
		return 0
	}
	if len(fields) >= 4 {
		if _, all, ok := strings.Cut(fields[3], "/"); ok {
			if n, err := strconv.ParseInt(all, 10, 64); err == nil {
				return n
			}
		}
	}
	f.err = fmt.Errorf("%s does not say how many tasks there are", f.path(place))
	return 0
}

// tasksOf is how many processes and threads a user has.
func (f *files) tasksOf(uid int) (n int64) {
	processes, _ := filepath.Glob(f.path("proc/[0-9]*/status"))
	for _, status := range processes {
		content, err := os.ReadFile(status)
		if err != nil {
			continue // it has ended
		}
		owner, threads := -1, int64(0)
		for line := range strings.Lines(string(content)) {
			switch name, rest, _ := strings.Cut(line, ":"); name {
			case "Uid":
				_, _ = fmt.Sscan(rest, &owner) // the real one is the first
			case "Threads":
				_, _ = fmt.Sscan(rest, &threads)
			}
		}
		if owner == uid {
			n += threads
		}
	}
	return n
}

// memory is what there is, and what can be had without swapping, in bytes.
func (f *files) memory() (total, available int64) {
	const place = "proc/meminfo"
	lines := bufio.NewScanner(bytes.NewReader(f.read(place)))
	for lines.Scan() {
		var kib int64
		switch name, rest, _ := strings.Cut(lines.Text(), ":"); name {
		case "MemTotal":
			_, _ = fmt.Sscan(rest, &kib) // 0 is noticed below
			total = kib << 10
		case "MemAvailable":
			_, _ = fmt.Sscan(rest, &kib)
			available = kib << 10
		}
	}
	if f.err == nil && (total == 0 || available == 0) {
		f.err = fmt.Errorf("%s does not say how much memory there is", f.path(place))
	}
	return total, available
}
