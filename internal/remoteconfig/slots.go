package remoteconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// slots are two files of a fixed size that states are written to by turns, in
// place. Their bytes are allocated before they are needed, so that a full disk
// does not keep a state from being written; and the slot that is not written
// holds the state before, should this one be torn.
type slots struct {
	disk  disk
	files [2]*os.File
	// next is the file that is written next.
	next int
	// sequence is of the newest state.
	sequence uint64
}

// found is what one slot held.
type found struct {
	state State
	err   error
}

// readSlots returns what the slots of a folder hold. A file that is not there
// was never written.
func readSlots(folder string) [2]found {
	var held [2]found
	for i := range held {
		b, err := os.ReadFile(slotPath(folder, i))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			held[i].err = errUnused
		case err != nil:
			held[i].err = err
		default:
			held[i].state, held[i].err = decodeSlot(b)
		}
	}
	return held
}

// newest returns the index of the slot with the newest state; ok is false if
// neither can be read.
func newest(held [2]found) (i int, ok bool) {
	if held[1].err == nil && (held[0].err != nil || held[1].state.Sequence > held[0].state.Sequence) {
		return 1, true
	}
	return 0, held[0].err == nil
}

// openSlots opens the files for writing. The one that holds the newest state is
// not touched until another is written.
func openSlots(folder string, d disk, held [2]found) (*slots, error) {
	s := &slots{disk: d}
	if i, ok := newest(held); ok {
		s.next, s.sequence = 1-i, held[i].state.Sequence
	}
	for i := range s.files {
		if err := s.open(folder, i); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

// open opens one file, after it is made or made anew if it is too short.
func (s *slots) open(folder string, i int) error {
	path := slotPath(folder, i)
	if info, err := os.Stat(path); err != nil || info.Size() < slotSize {
		if err := s.disk.create(path, make([]byte, slotSize)); err != nil {
			return fmt.Errorf("make %s: %w", path, err)
		}
	}
	return s.disk.step("open "+filepath.Base(path), func() (err error) {
		s.files[i], err = os.OpenFile(path, os.O_RDWR, 0)
		return err
	})
}

// write makes a state durable and returns it with its sequence. If it fails the
// newest state is the one before, here and on the disk.
func (s *slots) write(state State) (State, error) {
	state.Sequence = s.sequence + 1
	b, err := encodeSlot(state)
	if err != nil {
		return state, err
	}
	f := s.files[s.next]
	if err := s.disk.writeAt(f, b, 0); err != nil {
		return state, err
	}
	if err := s.disk.sync(f); err != nil {
		return state, err
	}
	s.next, s.sequence = 1-s.next, state.Sequence
	return state, nil
}

func (s *slots) close() {
	for _, f := range s.files {
		if f != nil {
			f.Close()
		}
	}
}

func slotPath(folder string, i int) string {
	return filepath.Join(folder, [2]string{"slot-a", "slot-b"}[i])
}
