package metrics

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"time"
	"weak"
)

const (
	// maxSmall and maxSmallMessages are what any number of agents may send at
	// the same time; of larger requests one is taken at a time.
	maxSmall         = 512 << 10 // bytes
	maxSmallMessages = 10_000
	// largePatience is how long a large one waits for another one to end.
	largePatience = 5 * time.Second
)

// large is the place of the one large request.
type large struct {
	place  chan struct{}
	buffer weak.Pointer[bytes.Buffer] // of the latest, if it is still there
}

func newLarge() *large { return &large{place: make(chan struct{}, 1)} }

// request is one that may turn out to be large.
type sized struct {
	*large
	held bool
}

func (l *large) request() *sized { return &sized{large: l} }

// enlarge takes the place, if the request does not have it already.
func (s *sized) enlarge(ctx context.Context) error {
	if s.held {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, largePatience)
	defer cancel()
	select {
	case s.place <- struct{}{}:
		s.held = true
		return nil
	case <-ctx.Done():
		return away("another request of more than %d bytes or %d messages is being taken; send smaller ones, or try again", maxSmall, maxSmallMessages)
	}
}

// done gives the place back, and the memory: of large requests that follow each
// other the collector would see several before it begins.
func (s *sized) done() {
	if s.held {
		runtime.GC()
		<-s.place
	}
}

// rest reads what follows head, which must be in the place.
func (s *sized) rest(head []byte, in io.Reader) ([]byte, error) {
	all := s.buffer.Value()
	if all == nil {
		all = bytes.NewBuffer(make([]byte, 0, maxBody+2*bytes.MinRead))
		s.buffer = weak.Make(all)
	}
	all.Reset()
	all.Write(head)
	if _, err := all.ReadFrom(io.LimitReader(in, int64(maxBody-len(head)+1))); err != nil {
		return nil, unread(err)
	}
	if all.Len() > maxBody {
		return nil, tooMuch("the request has more than %d bytes after decompression; send fewer points at once", maxBody)
	}
	return all.Bytes(), nil
}
