package remoteconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
)

// historyLimit is how large the file of ended attempts grows. Then the older
// half is dropped.
const historyLimit = 256 << 10

// history is the file of ended attempts, one JSON object a line, oldest first.
// It only informs: nothing is decided by it unless both slots are lost.
type history struct {
	path string
	disk disk
}

// read returns the attempts in the file. Lines that are no attempts, such as
// one that was cut off by a crash, are counted and left out; of an attempt that
// is there twice the later one counts.
func (h history) read() (attempts []Attempt, damaged int, err error) {
	b, err := os.ReadFile(h.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	for line := range bytes.Lines(b) {
		var a Attempt
		if json.Unmarshal(line, &a) != nil || a.ID == 0 {
			damaged++
			continue
		}
		attempts = slices.DeleteFunc(attempts, func(b Attempt) bool { return b.ID == a.ID })
		attempts = append(attempts, a)
	}
	return attempts, damaged, err
}

// add appends attempts and makes them durable.
func (h history) add(attempts []Attempt) error {
	if err := h.shorten(); err != nil {
		return err
	}
	f, err := os.OpenFile(h.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	lines, err := encodeLines(attempts)
	if err != nil {
		return err
	}
	// A tail that was cut off gets a line of its own.
	if torn(f, info.Size()) {
		lines = append([]byte{'\n'}, lines...)
	}
	if err := h.disk.writeAt(f, lines, info.Size()); err != nil {
		return err
	}
	return h.disk.sync(f)
}

// shorten drops the older half of a file that is full.
func (h history) shorten() error {
	if info, err := os.Stat(h.path); err != nil || info.Size() < historyLimit {
		return nil
	}
	attempts, _, err := h.read()
	if err != nil {
		return err
	}
	lines, err := encodeLines(attempts[len(attempts)/2:])
	if err != nil {
		return err
	}
	return h.disk.create(h.path, lines)
}

// torn reports whether a file ends within a line.
func torn(f *os.File, size int64) bool {
	last := []byte{'\n'}
	if size > 0 {
		_, _ = f.ReadAt(last, size-1)
	}
	return last[0] != '\n'
}

func encodeLines(attempts []Attempt) ([]byte, error) {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for _, a := range attempts {
		if err := encoder.Encode(a); err != nil {
			return nil, err
		}
	}
	return lines.Bytes(), nil
}
