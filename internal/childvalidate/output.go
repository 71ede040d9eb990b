package childvalidate

import "bytes"

// maxOutput is how much of what a child prints is kept: the end, where it says
// why it gave up.
const maxOutput = 64 << 10

// tail keeps the end of what is written to it.
type tail struct {
	kept []byte
	cut  bool
}

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - maxOutput; over > 0 {
		t.kept, t.cut = append(t.kept[:0], t.kept[over:]...), true
	}
	return len(p), nil
}

// text is what was kept. A line whose beginning is lost is left out: nobody
// could see a secret in the half of one.
func (t *tail) text() []byte {
	if !t.cut {
		return t.kept
	}
	_, whole, _ := bytes.Cut(t.kept, []byte("\n"))
	return whole
}
