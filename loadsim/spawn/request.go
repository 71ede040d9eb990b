package spawn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// What a request may hold at most, as child/zygote.c has it. A tree of a
// thousand processes fits.
const (
	maxRequestBytes   = 128 << 10
	maxRequestStrings = 8 << 10
)

// maxStepMemory is more than a process can address.
const maxStepMemory = 1 << 48

// Flags of a process, as child/child.h has them.
const (
	flagSession = 1 << iota
	flagDetach
)

// request describes p with its descendants to the zygote: see child/child.h.
func request(p loadsim.Process) ([]byte, error) {
	block, err := block(p)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, s := range block {
		size += len(s) + 1
	}
	if size > maxRequestBytes || len(block) > maxRequestStrings {
		return nil, fmt.Errorf("process %d with its descendants takes %d bytes in %d strings, at most %d in %d can be asked for at once: give it fewer children or shorter arguments",
			p.ID, size, len(block), maxRequestBytes, maxRequestStrings)
	}
	frame := binary.NativeEndian.AppendUint32(make([]byte, 0, 4+size), uint32(size))
	for _, s := range block {
		frame = append(append(frame, s...), 0)
	}
	return frame, nil
}

// block is the strings that describe p with its descendants.
func block(p loadsim.Process) ([]string, error) {
	if err := check(p); err != nil {
		return nil, fmt.Errorf("process %d: %w", p.ID, err)
	}
	all := append([]string{"", p.Path}, p.Args...)
	all = append(all, "", fmt.Sprintf("%s %d %d", mark(p.ID), micros(p.Lifetime), len(p.Load)))
	for _, s := range p.Load {
		all = append(all, fmt.Sprintf("%d %d %d", micros(s.For), int64(math.Round(s.CPU*1e6)), s.Memory))
	}
	for _, c := range p.Children {
		child, err := block(c)
		if err != nil {
			return nil, err
		}
		all = append(all, child...)
	}
	all[0] = fmt.Sprintf("%d %d %d %d", p.ID, len(p.Args), len(all), flags(p))
	return all, nil
}

// mark begins the environment of the process with this ID.
func mark(id uint32) string { return fmt.Sprintf("%d", id) }

// micros rounds up: a short life is not one for ever.
func micros(d time.Duration) int64 {
	return int64((d + time.Microsecond - 1) / time.Microsecond)
}

func flags(p loadsim.Process) int {
	f := 0
	if p.Session {
		f |= flagSession
	}
	if p.Detach {
		f |= flagDetach
	}
	return f
}

func check(p loadsim.Process) error {
	var errs []error
	if p.Path == zygoteName || p.Path != filepath.Clean(p.Path) || p.Path == "." || !filepath.IsLocal(p.Path) {
		errs = append(errs, fmt.Errorf("path: %q is not one below the run's folder, such as usr/sbin/nginx", p.Path))
	}
	if len(p.Args) == 0 {
		errs = append(errs, errors.New("args: the command line needs at least argv[0]"))
	}
	if strings.ContainsRune(p.Path+strings.Join(p.Args, ""), 0) {
		errs = append(errs, errors.New("path, args: the kernel ends a text at a NUL byte, so none can be in it"))
	}
	if p.Lifetime < 0 {
		errs = append(errs, fmt.Errorf("lifetime: must be 0 (until the run ends) or more, got %s", p.Lifetime))
	}
	for i, s := range p.Load {
		errs = append(errs, checkStep(i, s, len(p.Load)))
	}
	return errors.Join(errs...)
}

func checkStep(i int, s loadsim.Step, of int) error {
	var errs []error
	if s.For < 0 || s.For == 0 && of > 1 {
		errs = append(errs, fmt.Errorf("load step %d: for: must be above 0 (0, for ever, only in a load of one step), got %s", i, s.For))
	}
	if !(s.CPU >= 0 && s.CPU <= 1) {
		errs = append(errs, fmt.Errorf("load step %d: cpu: must be a share of a core, 0 to 1, got %v", i, s.CPU))
	}
	if s.Memory < 0 || s.Memory > maxStepMemory {
		errs = append(errs, fmt.Errorf("load step %d: memory: must be 0 to %d bytes, got %d", i, int64(maxStepMemory), s.Memory))
	}
	return errors.Join(errs...)
}
