package host

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// tick is the unit of the CPU times in /proc/PID/stat, on every architecture
// that Go knows.
const tick = time.Second / 100

// CPUTime is what a living process has used so far, user and system.
func CPUTime(pid int) (time.Duration, error) {
	name := fmt.Sprintf("/proc/%d/stat", pid)
	content, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	return parseStat(name, content)
}

// parseStat reads the two times. The second field is the process's name in
// parentheses, and may hold anything.
func parseStat(name string, content []byte) (time.Duration, error) {
	const user, system = 11, 12 // of the fields behind the name
	fields := bytes.Fields(content[bytes.LastIndexByte(content, ')')+1:])
	if len(fields) <= system {
		return 0, fmt.Errorf("%s has %d fields behind the name, too few", name, len(fields))
	}
	u, err := strconv.ParseInt(string(fields[user]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: user time: %w", name, err)
	}
	s, err := strconv.ParseInt(string(fields[system]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: system time: %w", name, err)
	}
	return time.Duration(u+s) * tick, nil
}
