package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/phoenix-platform/phoenix/internal/procread"
)

func (s *scraper) name() string { return s.title }

// scrape asks the receiver for its next scrape.
func (s *scraper) scrape() (time.Duration, int, error) {
	begun := programTime()
	md, err := s.next()
	if err != nil {
		return 0, 0, err
	}
	return programTime() - begun, md.ResourceMetrics().Len(), nil
}

// programTime is the CPU time of this program, collections of garbage included.
func programTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic("read the program's CPU time: " + err.Error()) // every Linux has it
	}
	return time.Duration(t.Nano())
}

// reads is what processmetrics does before it writes metrics, which is all that
// a process costs that is dropped.
type reads struct{ reader *procread.Reader }

func newReceiving() (scraping, error) { return newProcessmetrics("", nil) }

// selecting is a receiver that chooses at the source.
type selecting struct {
	*scraper
	here int // processes, all of which are read
}

// newSelecting has it choose as process-topk-v1 does. It counts the processes now,
// since what counting allocates is none of the receiver's.
func newSelecting() (scraping, error) {
	here, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	s, err := newProcessmetrics("", map[string]any{"selection": map[string]any{"topk": map[string]any{
		"rank_by": []any{map[string]any{"metric": "cpu", "k": 20, "min": 0.005}, map[string]any{"metric": "memory", "k": 20}},
	}}})
	return selecting{s, len(here)}, err
}

// scrape asks for the next scrape.
func (s selecting) scrape() (time.Duration, int, error) {
	took, kept, err := s.scraper.scrape()
	if err == nil && kept > min(s.here, mostKept) {
		err = fmt.Errorf("%d resources came of %d processes, at most %d are kept", kept, s.here, mostKept)
	}
	return took, s.here, err
}

// mostKept is how many resources can come: 20 by each metric, those that stay for
// three scrapes, and _other_.
const mostKept = 200

func newReading() (scraping, error) {
	r, err := procread.Open("/", procread.Settings{
		Want:    procread.StatmFile | procread.IOFile | procread.CmdlineFile | procread.ExeFile | procread.OwnerName,
		Refresh: time.Minute, Keep: 12_000, // as processmetrics by default
	})
	return reads{r}, err
}

func (reads) name() string   { return "reading" }
func (r reads) close() error { return r.reader.Close() }

func (r reads) scrape() (time.Duration, int, error) {
	begun, memory := programTime(), uint64(0)
	tally, err := r.reader.Scrape(func(p *procread.Process) { memory += p.Memory.Resident })
	if err == nil && memory == 0 {
		err = errors.New("reading: no process has memory")
	}
	return programTime() - begun, tally.Visited, err
}
