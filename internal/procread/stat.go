package procread

import (
	"bytes"
	"errors"
	"fmt"
)

// Stat is what /proc/PID/stat says of a process.
type Stat struct {
	Name   []byte // as the kernel writes it, which may escape newlines and backslashes; points into the text
	Parent int32

	MinorFaults, MajorFaults uint64

	User, System, Wait uint64 // ticks; Wait is for block devices
	// Children is of those that ended and were waited for, with theirs.
	Children Ticks

	Threads  int64
	Start    uint64 // ticks from the host's boot to the process's creation
	Virtual  uint64 // bytes
	Resident uint64 // pages, approximate from Linux 6.2 on

	program uint64 // changes with the program that the process runs
}

// Where the fields of stat are behind the name, from 0: the number in proc(5)
// less 3.
const (
	parent      = 4 - 3
	minorFaults = 10 - 3
	majorFaults = 12 - 3
	userTime    = 14 - 3
	systemTime  = 15 - 3
	childUser   = 16 - 3
	childSystem = 17 - 3
	threads     = 20 - 3
	startTime   = 22 - 3
	virtual     = 23 - 3
	resident    = 24 - 3
	startCode   = 26 - 3
	startStack  = 28 - 3
	blockWait   = 42 - 3
	argStart    = 48 - 3
	argEnd      = 49 - 3

	statFields  = argEnd + 1   // those that are read
	leastFields = resident + 1 // those that must be there
)

var errNoName = errors.New("has no name in parentheses")

// Parse reads a stat file. The name may hold parentheses: the last one ends it.
func (s *Stat) Parse(text []byte) error {
	begin, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if begin < 0 || end < begin {
		return errNoName
	}
	var f [statFields]uint64
	if n := fields(text[end+1:], &f); n < leastFields {
		return fmt.Errorf("has %d fields, want at least %d", n+2, leastFields+2)
	}
	*s = Stat{
		Name:        text[begin+1 : end],
		Parent:      int32(f[parent]),
		MinorFaults: f[minorFaults], MajorFaults: f[majorFaults],
		User: f[userTime], System: f[systemTime], Wait: f[blockWait],
		Children: Ticks{f[childUser], f[childSystem]},
		Threads:  int64(f[threads]),
		Start:    f[startTime],
		Virtual:  f[virtual], Resident: f[resident],
		program: program(&f),
	}
	return nil
}

// fields reads the space-separated numbers behind the name and returns how
// many fields there are; the first, the state, is a letter and stays 0.
func fields(text []byte, into *[statFields]uint64) int {
	for i := range into {
		for len(text) > 0 && text[0] == ' ' {
			text = text[1:]
		}
		if i == 0 && len(text) > 0 {
			text = text[1:]
			continue
		}
		n, rest, ok := number(text)
		if !ok {
			return i
		}
		into[i], text = n, rest
	}
	return statFields
}

// program mixes the addresses that the kernel chooses when a program is run.
// They are 0 for processes that the reader may not trace.
func program(f *[statFields]uint64) uint64 {
	const odd = 0x9e3779b97f4a7c15
	mixed := f[startCode]
	for _, address := range [...]uint64{f[startStack], f[argStart], f[argEnd]} {
		mixed = (mixed ^ address) * odd
	}
	return mixed
}
