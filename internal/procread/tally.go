package procread

import (
	"fmt"
	"math/bits"
)

// Tally says how a scrape went.
type Tally struct {
	Visited        int // processes
	Vanished       int // processes that ended while they were read
	AttributeReads int // processes whose attributes were read anew

	// Unreadable counts files that could not be read or understood, by the
	// position of their bit in File; First has an error of each.
	Unreadable [Files]int
	First      [Files]error
}

// fail counts a file that could not be read.
func (t *Tally) fail(pid int32, file File, err error) {
	i := bits.TrailingZeros16(uint16(file))
	t.Unreadable[i]++
	if t.First[i] == nil {
		t.First[i] = fmt.Errorf("read %s of process %d: %w", file, pid, err)
	}
}
