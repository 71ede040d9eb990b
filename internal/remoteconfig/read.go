package remoteconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Reading is a life as it was on the disk at one moment.
type Reading struct {
	// State is the newest state.
	State State
	// Attempts are all that are known, oldest first.
	Attempts []Attempt
	// Problems says what was found damaged.
	Problems []string

	configs configs
}

// Read looks at a state directory without holding, making or changing anything
// in it, so a collector may be running there. The error says that the directory
// cannot be read; one that was never used is that of an agent without offers.
func Read(dir string) (*Reading, error) {
	if _, err := os.ReadDir(dir); err != nil {
		return nil, fmt.Errorf("read the state directory: %w", err)
	}
	l := &Life{
		dir: dir, state: New(),
		configs: configs{folder: filepath.Join(dir, "configs")},
		history: history{path: filepath.Join(dir, "attempts.jsonl")},
	}
	held := readSlots(dir)
	for i := range held {
		if errors.Is(held[i].err, fs.ErrPermission) {
			return nil, fmt.Errorf("read the state: %w; ask as root, or as the collector's user", held[i].err)
		}
	}
	if i, ok := newest(held); ok {
		l.state = held[i].state
	} else if !l.unused(held) {
		l.rebuild()
	}
	attempts, err := l.Attempts()
	if err != nil {
		l.problem("read attempts: %v", err)
	}
	return &Reading{State: l.State(), Attempts: attempts, Problems: l.Problems(), configs: l.configs}, nil
}

// Config returns a stored configuration. The error says that it is not there or
// was changed.
func (r *Reading) Config(h Hash) ([]byte, error) { return r.configs.read(h) }

// Proven is what ran healthily last: what runs, or while something is on trial
// what ran before it; before the first start, what it would run.
func (r *Reading) Proven() Run {
	if run := r.State.home(); run.Source != "" {
		return run
	}
	return r.State.ladder()[0]
}

// OnTrial reports whether something else than [Reading.Proven] runs now.
func (r *Reading) OnTrial() bool { return r.State.Phase == Trial }
