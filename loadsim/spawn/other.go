//go:build !linux

package spawn

import (
	"errors"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// Spawner makes the processes of one run, on Linux.
type Spawner struct{ loadsim.Spawner }

// Dir is empty: there is no run here.
func (s *Spawner) Dir() string { return "" }

// New says that there is no Spawner here.
func New(Settings) (*Spawner, error) {
	return nil, errors.New("spawn processes: only Linux has what it takes (subreapers, /proc, pidfds): run loadsim there, in a container for instance")
}
