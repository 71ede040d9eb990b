package truth

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Truth is what a file says.
type Truth struct {
	Run Run
	// Lives are in the order of birth.
	Lives []*Life
	// Failures is how many attempts made no process.
	Failures int
	// Summary is nil if the run was cut off.
	Summary *Summary
}

// Life is one process from birth to exit.
type Life struct {
	Process
	// Exit is nil if the file does not say how it ended.
	Exit *Exit
}

// Born is when it began.
func (l *Life) Born() time.Time { return *l.Start }

// CPU is what it used in all, in seconds; 0 if it is not known.
func (l *Life) CPU() float64 {
	if l.Exit == nil {
		return 0
	}
	return l.Exit.UserSeconds + l.Exit.SystemSeconds
}

// ReadFile reads a file.
func ReadFile(path string) (*Truth, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the truth: %w; loadsim run --truth FILE writes one", err)
	}
	defer f.Close()
	t, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("read the truth %s: %w", path, err)
	}
	return t, nil
}

// maxLine bounds a record, in bytes: a command line may have 128 KiB, and
// more as JSON.
const maxLine = 1 << 20

// Read reads a truth. A last line without an end is that of a run that was cut
// off, and left out.
func Read(r io.Reader) (*Truth, error) {
	t := &reading{lives: map[uint32]*Life{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<16), maxLine)
	lines.Split(complete)
	number := 0
	for lines.Scan() {
		number++
		if err := t.take(lines.Bytes()); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("behind line %d: %w", number, err)
	}
	return t.end()
}

// complete splits into lines that have an end.
func complete(data []byte, _ bool) (advance int, line []byte, err error) {
	if end := bytes.IndexByte(data, '\n'); end >= 0 {
		return end + 1, data[:end], nil
	}
	return 0, nil, nil
}

// reading is a truth of which not all lines are read.
type reading struct {
	Truth
	lives map[uint32]*Life
	begun bool
}

func (t *reading) end() (*Truth, error) {
	if !t.begun {
		return nil, errors.New("it does not begin with a record of kind run: this is no truth of loadsim")
	}
	return &t.Truth, nil
}

func (t *reading) take(line []byte) error {
	var head struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return err
	}
	if t.begun == (head.Kind == KindRun) {
		return fmt.Errorf("a record of kind %q; the first line, and no other, is of kind run", head.Kind)
	}
	t.begun = true
	switch head.Kind {
	case KindRun:
		return json.Unmarshal(line, &t.Run)
	case KindBirth:
		return t.birth(line)
	case KindExit:
		return t.exit(line)
	case KindFailure:
		t.Failures++
		return nil
	case KindSummary:
		t.Summary = &Summary{}
		return json.Unmarshal(line, t.Summary)
	}
	return fmt.Errorf("a record of kind %q, which this program does not know", head.Kind)
}

func (t *reading) birth(line []byte) error {
	var b Birth
	if err := json.Unmarshal(line, &b); err != nil {
		return err
	}
	if b.Start == nil {
		return fmt.Errorf("the birth of process %d has no start", b.ID)
	}
	if t.lives[b.ID] != nil {
		return fmt.Errorf("process %d is born a second time", b.ID)
	}
	life := &Life{Process: b.Process}
	t.lives[b.ID] = life
	t.Lives = append(t.Lives, life)
	return nil
}

func (t *reading) exit(line []byte) error {
	e := &Exit{}
	if err := json.Unmarshal(line, e); err != nil {
		return err
	}
	life := t.lives[e.ID]
	switch {
	case life == nil:
		return fmt.Errorf("process %d ends before it was born", e.ID)
	case life.Exit != nil:
		return fmt.Errorf("process %d ends a second time", e.ID)
	}
	life.Exit = e
	return nil
}
