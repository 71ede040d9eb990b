package remoteconfig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"time"
)

// ErrInUse is returned when another process holds the state directory.
var ErrInUse = errors.New("another collector uses this state directory; give each its own state_directory")

// Life is the durable life of an agent's remote configurations. There is one
// for each state directory; it outlives reloads. It is safe for concurrent use.
type Life struct {
	dir     string
	boot    Boot
	now     func() time.Time
	disk    disk
	lock    *os.File
	configs configs
	history history

	mu    sync.Mutex
	state State
	// other is the state in the slot that is written next. What it refers to is
	// kept, too.
	other State
	// slots is nil if the directory cannot be written.
	slots    *slots
	problems []string
}

// Open reads a state directory, makes it if it is not there, and holds it until
// [Life.Close]. Damage is repaired as far as can be and said by
// [Life.Problems]; a directory that can only be read is such damage, too. The
// error is [ErrInUse], or that nothing can be read.
func Open(dir string, boot Boot, now func() time.Time) (*Life, error) {
	return open(dir, boot, now, disk{})
}

func open(dir string, boot Boot, now func() time.Time, d disk) (*Life, error) {
	l := &Life{
		dir: dir, boot: boot, now: now, disk: d,
		configs: configs{folder: filepath.Join(dir, "configs"), disk: d},
		history: history{path: filepath.Join(dir, "attempts.jsonl"), disk: d},
	}
	// The group may reach the page's socket in the directory; files are the user's only.
	if err := errors.Join(os.MkdirAll(dir, 0o750), os.MkdirAll(l.configs.folder, 0o700)); err != nil {
		l.problem("make %s: %v; make the state directory writable to the collector's user", l.configs.folder, err)
	}
	var err error
	if l.lock, err = lock(dir); err != nil {
		return nil, fmt.Errorf("open state directory %s: %w", dir, err)
	}
	l.read()
	return l, nil
}

// read finds the newest state and opens the slots.
func (l *Life) read() {
	held := readSlots(l.dir)
	l.state, l.other = New(), New()
	if i, ok := newest(held); ok {
		l.state, l.other = held[i].state, held[1-i].state
	} else if !l.unused(held) {
		l.rebuild()
	}
	for i, h := range held {
		if h.err != nil && !errors.Is(h.err, errUnused) {
			l.problem("%s is damaged (%v) and is written anew", slotPath(l.dir, i), h.err)
		}
	}
	var err error
	if l.slots, err = openSlots(l.dir, l.disk, held); err != nil {
		l.problem("open the state for writing: %v; until it can be, no offer is taken", err)
		return
	}
	l.tidy()
}

// unused reports whether a directory was never written to.
func (l *Life) unused(held [2]found) bool {
	return errors.Is(held[0].err, errUnused) && errors.Is(held[1].err, errUnused) && len(l.configs.list()) == 0
}

// rebuild makes a state from the history.
func (l *Life) rebuild() {
	ended, _, _ := l.history.read()
	l.state = rebuild(ended, func(h Hash) bool {
		_, err := l.configs.read(h)
		return err == nil
	})
	runs := "bootstrap or safe mode"
	if h := l.state.LastGood; h != "" {
		runs = h.Short()
	}
	l.problem("neither slot in %s can be read; by the history the last good one is %s", l.dir, runs)
}

// Problems says what was found damaged, or could not be written besides the
// states themselves.
func (l *Life) Problems() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.problems)
}

// State returns the newest state.
func (l *Life) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.clone()
}

// Config returns a stored configuration. The error says that it is not there or
// was changed.
func (l *Life) Config(h Hash) ([]byte, error) { return l.configs.read(h) }

// Attempts returns what is known of all attempts, oldest first.
func (l *Life) Attempts() ([]Attempt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ended, _, err := l.history.read()
	for _, a := range l.state.Attempts {
		ended = slices.DeleteFunc(ended, func(b Attempt) bool { return b.ID == a.ID })
		ended = append(ended, a)
	}
	slices.SortFunc(ended, func(a, b Attempt) int { return int(a.ID) - int(b.ID) })
	return ended, err
}

// Close gives the directory back. It changes no state: see [Life.Stop].
func (l *Life) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.slots != nil {
		l.slots.close()
		l.slots = nil
	}
	return l.lock.Close()
}

// commit makes a state durable before its step is given out. A higher
// generation is written to both slots, so that it does not fall with one.
func (l *Life) commit(s State, step Step) (Step, error) {
	if reflect.DeepEqual(s, l.state) {
		return step, nil
	}
	raised := s.Generation > l.state.Generation
	if err := l.write(s); err != nil {
		return Step{}, err
	}
	if raised {
		if err := l.write(l.state); err != nil {
			l.problem("write generation %d to the second slot, too: %v", s.Generation, err)
		}
	}
	l.tidy()
	return step, nil
}

func (l *Life) write(s State) error {
	if l.slots == nil {
		return fmt.Errorf("write the state to %s: it cannot be written; see the problems that were found when it was opened", l.dir)
	}
	written, err := l.slots.write(s)
	if err != nil {
		return fmt.Errorf("write the state to %s: %w; nothing was changed", l.dir, err)
	}
	l.state, l.other = written, l.state
	return nil
}

// tidy moves ended attempts to the history and removes configurations that no
// slot refers to. What fails is done again with the next state.
func (l *Life) tidy() {
	ended := slices.DeleteFunc(slices.Clone(l.state.Attempts), func(a Attempt) bool { return a.Ended.IsZero() })
	if len(ended) > 0 {
		if err := l.history.add(ended); err != nil {
			l.problem("write attempts to %s: %v", l.history.path, err)
		} else {
			l.state.Attempts = slices.DeleteFunc(slices.Clone(l.state.Attempts), func(a Attempt) bool { return !a.Ended.IsZero() })
		}
	}
	if err := l.configs.keep(append(l.state.refs(), l.other.refs()...)); err != nil {
		l.problem("remove old configurations: %v", err)
	}
}

// maxProblems bounds what is remembered of problems.
const maxProblems = 20

func (l *Life) problem(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(l.problems, text) && len(l.problems) < maxProblems {
		l.problems = append(l.problems, text)
	}
}
