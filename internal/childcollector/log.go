package childcollector

import (
	"bytes"
	"encoding/json"
	"sync"
)

// Record is one log record of a collector.
type Record struct {
	Level   string // debug, info, warn, error …
	Message string
	Fields  map[string]any // of JSON, with numbers as float64
}

// parse reads a line of the collector's JSON encoding.
func parse(line []byte) (Record, bool) {
	var fields map[string]any
	if json.Unmarshal(line, &fields) != nil {
		return Record{}, false
	}
	r := Record{Fields: fields}
	r.Level, _ = fields["level"].(string)
	r.Message, _ = fields["msg"].(string)
	return r, r.Level != ""
}

// maxLine bounds what is kept of a line that does not end.
const maxLine = 1 << 20

// lines cuts what is written to it into lines.
type lines struct {
	each func([]byte)
	rest []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 {
			break
		}
		l.each(l.rest[:i])
		l.rest = l.rest[i+1:]
	}
	if len(l.rest) > maxLine {
		l.end()
	}
	return len(p), nil
}

// end takes what is left for a line.
func (l *lines) end() {
	if len(l.rest) > 0 {
		l.each(l.rest)
		l.rest = nil
	}
}

// tailBytes is how much of the last output is kept for an error.
const tailBytes = 4096

// tail remembers the end of the output.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) add(line []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(append(t.text, line...), '\n')
	if len(t.text) > tailBytes {
		t.text = append([]byte(nil), t.text[len(t.text)-tailBytes:]...)
	}
}

func (t *tail) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]byte(nil), t.text...)
}
