package remoteconfig

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// slotSize is what each of the two slots always takes. A state is bounded so
// that it fits.
const slotSize = 128 << 10

// A slot begins with a magic word, the sequence and the length of the state in
// big-endian, and the SHA-256 of these and of the state; the state is JSON.
// What follows is left over from longer states and means nothing.
const (
	slotMagic  = "phoenix\x01"
	headSize   = len(slotMagic) + 8 + 4
	stateStart = headSize + sha256.Size
)

// errUnused is returned for a slot that was never written.
var errUnused = errors.New("the slot was never written")

// encodeSlot returns the bytes of a slot.
func encodeSlot(s State) ([]byte, error) {
	var state bytes.Buffer
	encoder := json.NewEncoder(&state)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return nil, fmt.Errorf("write the state as JSON: %w", err)
	}
	if stateStart+state.Len() > slotSize {
		return nil, fmt.Errorf("the state takes %d bytes, a slot has %d", state.Len(), slotSize-stateStart)
	}
	head := binary.BigEndian.AppendUint64([]byte(slotMagic), s.Sequence)
	head = binary.BigEndian.AppendUint32(head, uint32(state.Len()))
	sum := slotSum(head, state.Bytes())
	return append(append(head, sum[:]...), state.Bytes()...), nil
}

// decodeSlot reads a slot. A slot of zeros is [errUnused]; any other that is
// not wholly as it was written is an error.
func decodeSlot(b []byte) (State, error) {
	if len(b) == slotSize && len(bytes.TrimLeft(b, "\x00")) == 0 {
		return State{}, errUnused
	}
	if len(b) < stateStart || string(b[:len(slotMagic)]) != slotMagic {
		return State{}, fmt.Errorf("%d bytes do not begin as a slot does", len(b))
	}
	head, rest := b[:headSize], b[stateStart:]
	length := binary.BigEndian.Uint32(head[headSize-4:])
	if uint64(length) > uint64(len(rest)) {
		return State{}, fmt.Errorf("the state of %d bytes is cut off after %d", length, len(rest))
	}
	if sum := slotSum(head, rest[:length]); !bytes.Equal(sum[:], b[headSize:stateStart]) {
		return State{}, errors.New("the checksum is wrong")
	}
	s := State{Sequence: binary.BigEndian.Uint64(head[len(slotMagic):])}
	if err := json.Unmarshal(rest[:length], &s); err != nil {
		return State{}, fmt.Errorf("read the state as JSON: %w", err)
	}
	return s, s.check()
}

func slotSum(head, state []byte) [sha256.Size]byte {
	return sha256.Sum256(append(bytes.Clone(head), state...))
}

// check refuses a state that no transition leads to.
func (s State) check() error {
	switch s.Phase {
	case Stable, Armed, Trial, Probation:
	default:
		return fmt.Errorf("there is no phase %q", s.Phase)
	}
	if s.hasCandidate() != (s.Candidate != "") {
		return fmt.Errorf("phase %s with the candidate %q", s.Phase, s.Candidate)
	}
	for _, h := range s.refs() {
		if h != "" && !h.valid() {
			return fmt.Errorf("%q is no hash", h)
		}
	}
	return nil
}
