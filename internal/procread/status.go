package procread

import (
	"bytes"
	"errors"
)

// Status is what /proc/PID/status says beyond stat.
type Status struct {
	UID     uint32 // the real user id
	Pending uint64 // signals pending for the whole process, a bit each
	Switches
}

// Switches counts context switches of one thread or several.
type Switches struct{ Voluntary, Involuntary uint64 }

var errNoSignals = errors.New(`has no hexadecimal number behind "ShdPnd:"`)

// Parse reads the status file of a process. Its name is in the first line with
// newlines escaped, so no name can pass for another line.
func (s *Status) Parse(text []byte) error {
	uid, rest, err := labelled(text, "Uid:")
	if err != nil {
		return err
	}
	pending, err := signals(rest)
	if err != nil {
		return err
	}
	got := Status{UID: uint32(uid), Pending: pending}
	if err := got.Switches.Parse(rest); err != nil {
		return err
	}
	*s = got
	return nil
}

// Parse reads the status file of a thread, or the part of it that has them.
func (s *Switches) Parse(text []byte) error {
	voluntary, rest, err := labelled(text, "voluntary_ctxt_switches:")
	if err != nil {
		return err
	}
	involuntary, _, err := labelled(rest, "nonvoluntary_ctxt_switches:")
	if err != nil {
		return err
	}
	*s = Switches{Voluntary: voluntary, Involuntary: involuntary}
	return nil
}

// signals reads the set of signals that are pending for the process: 16
// hexadecimal digits.
func signals(text []byte) (set uint64, err error) {
	const label = "ShdPnd:"
	at := lineOf(text, label)
	if at < 0 {
		return 0, errNoSignals
	}
	digits := bytes.TrimLeft(text[at+len(label):], " \t")
	n := 0
	for n < len(digits) {
		d, ok := hexDigit(digits[n])
		if !ok {
			break
		}
		set = set<<4 | d
		n++
	}
	if n == 0 {
		return 0, errNoSignals
	}
	return set, nil
}

func hexDigit(c byte) (uint64, bool) {
	switch {
	case c >= '0' && c <= '9':
		return uint64(c - '0'), true
	case c >= 'a' && c <= 'f':
		return uint64(c-'a') + 10, true
	}
	return 0, false
}
