package procread

import (
	"errors"
	"os"
)

// IO is what /proc/PID/io says: what passed through read and write calls,
// files in the page cache, pipes and sockets included.
type IO struct {
	Read, Written uint64 // bytes
	Reads, Writes uint64 // calls
}

var ioLabels = [...]string{"rchar:", "wchar:", "syscr:", "syscw:"} // in the order of the kernel

// Parse reads an io file.
func (io *IO) Parse(text []byte) (err error) {
	var n [len(ioLabels)]uint64
	for i, label := range ioLabels {
		if n[i], text, err = labelled(text, label); err != nil {
			return err
		}
	}
	*io = IO{Read: n[0], Written: n[1], Reads: n[2], Writes: n[3]}
	return nil
}

// Memory is the size of a process in bytes.
type Memory struct{ Virtual, Resident uint64 }

var (
	errNoMemory = errors.New("does not begin with two numbers")
	pageSize    = uint64(os.Getpagesize())
)

// Parse reads a statm file, which has pages.
func (m *Memory) Parse(text []byte) error {
	virtual, rest, ok := number(text)
	if !ok || len(rest) == 0 || rest[0] != ' ' {
		return errNoMemory
	}
	resident, _, ok := number(rest[1:])
	if !ok {
		return errNoMemory
	}
	*m = Memory{Virtual: virtual * pageSize, Resident: resident * pageSize}
	return nil
}
