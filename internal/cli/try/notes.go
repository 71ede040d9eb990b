package try

import (
	"fmt"
	"io"
	"sync"
)

// maxNotes bounds how many different notes are made.
const maxNotes = 100

// notes are remarks beside the scrapes, each made once. It is safe for
// concurrent use.
type notes struct {
	mu   sync.Mutex
	w    io.Writer
	made map[string]bool
}

func newNotes(w io.Writer) *notes { return &notes{w: w, made: map[string]bool{}} }

func (n *notes) add(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.made[text] || len(n.made) >= maxNotes {
		return
	}
	n.made[text] = true
	_, _ = fmt.Fprintf(n.w, "note: %s\n", printable(text)) // a note that nobody reads is no error
}
