//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ticksPerSecond is what /proc counts time in: USER_HZ, 100 on every Linux.
const ticksPerSecond = 100

// stat is what /proc says of a process.
type stat struct {
	began, ended time.Time // of the reading
	start        int64     // ticks from the boot to its creation
	user, system float64   // seconds
	memory       int64     // resident, bytes
}

// reading is one reading of all processes, by PID.
type reading map[int64]stat

// readProc reads /proc without the code that is tested.
func readProc() (reading, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	all := reading{}
	for _, e := range entries {
		pid, err := strconv.ParseInt(e.Name(), 10, 64)
		if err != nil {
			continue // no process
		}
		s, err := readProcess(e.Name())
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH): // it has ended
		case err != nil:
			return nil, fmt.Errorf("read process %d: %w", pid, err)
		default:
			all[pid] = s
		}
	}
	return all, nil
}

func readProcess(pid string) (s stat, err error) {
	s.began = time.Now()
	line, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return s, err
	}
	sizes, err := os.ReadFile("/proc/" + pid + "/statm")
	if err != nil {
		return s, err
	}
	s.ended = time.Now()
	var pages int64
	if _, err := fmt.Sscan(string(sizes), new(int64), &pages); err != nil {
		return s, fmt.Errorf("statm %q: %w", sizes, err)
	}
	s.memory = pages * int64(os.Getpagesize())
	return s, s.parse(string(line))
}

// parse reads a line such as "42 (name) S 1 …"; a name may hold anything.
func (s *stat) parse(line string) error {
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:]) // the first is the third of proc(5)
	if len(fields) < 20 {
		return fmt.Errorf("stat %q is too short", line)
	}
	user, err1 := strconv.ParseInt(fields[14-3], 10, 64)
	system, err2 := strconv.ParseInt(fields[15-3], 10, 64)
	start, err3 := strconv.ParseInt(fields[22-3], 10, 64)
	s.user, s.system, s.start = float64(user)/ticksPerSecond, float64(system)/ticksPerSecond, start
	return errors.Join(err1, err2, err3)
}

// procWatch reads /proc again and again.
type procWatch struct {
	stop     chan struct{}
	done     chan struct{}
	readings []reading // to be read after end
	err      error
}

// betweenReadings is the pause that makes the bounds narrow and costs little.
const betweenReadings = 250 * time.Millisecond

func watchProc() *procWatch {
	w := &procWatch{stop: make(chan struct{}), done: make(chan struct{})}
	go w.run()
	return w
}

func (w *procWatch) run() {
	defer close(w.done)
	for stopped := false; !stopped; {
		select {
		case <-w.stop:
			stopped = true // and read once more
		case <-time.After(betweenReadings):
		}
		r, err := readProc()
		if err != nil {
			w.err = err
			return
		}
		w.readings = append(w.readings, r)
	}
}

// end takes the last reading.
func (w *procWatch) end(t *testing.T) {
	t.Helper()
	close(w.stop)
	<-w.done
	require.NoError(t, w.err)
}

// bounds are a process around a scrape.
type bounds struct {
	before, after stat
	low, high     int64 // memory, over all readings from before to after
}

// around finds the last reading of a process before the time of its sample and
// the first one after the scrape had arrived. It is false for a process that
// was not there at both.
func (w *procWatch) around(pid int64, sampled, arrived time.Time) (b bounds, ok bool) {
	for _, r := range w.readings {
		s, here := r[pid]
		switch {
		case !here:
			if ok {
				return bounds{}, false
			}
			continue
		case s.ended.Before(sampled):
			b, ok = bounds{before: s, low: s.memory, high: s.memory}, true
		case !ok || s.start != b.before.start:
			return bounds{}, false
		}
		b.low, b.high = min(b.low, s.memory), max(b.high, s.memory)
		if s.began.After(arrived) {
			b.after = s
			return b, true
		}
	}
	return bounds{}, false
}
