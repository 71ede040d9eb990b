//go:build linux

package spawn

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// ErrClosed is returned by Spawn when the Spawner has been closed.
var ErrClosed = errors.New("the spawner is closed")

// Spawner makes the processes of one run.
type Spawner struct {
	settings Settings
	folder   *folder
	zygote   *zygote
	events   *queue
	done     chan struct{} // closed when nothing is left of the run

	mu      sync.Mutex
	account *account
	over    bool  // nothing can be asked for any more
	ended   error // why, if not because of Close
}

var _ loadsim.Spawner = (*Spawner)(nil)

// New makes the run's folder and starts the zygote. The caller must Close the
// Spawner, also when it has failed.
func New(s Settings) (*Spawner, error) {
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("spawn processes: %w", err)
	}
	f, err := newFolder(s.Dir)
	if err != nil {
		return nil, fmt.Errorf("spawn processes: %w", err)
	}
	z, err := startZygote(f, s)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("spawn processes: %w", err), f.remove())
	}
	sp := &Spawner{settings: s, folder: f, zygote: z, events: newQueue(), done: make(chan struct{}), account: newAccount()}
	sp.account.zygote = z.command.Process.Pid
	go sp.run()
	return sp, nil
}

// Dir is the run's folder: the executable of every process lies below it.
func (s *Spawner) Dir() string { return s.folder.path }

// PID is that of the zygote, the parent of all that have no other.
func (s *Spawner) PID() int { return s.zygote.command.Process.Pid }

// Events is closed when the last process is gone after Close and everything
// has been received. Events wait without limit for their receiver; nothing
// else waits for him.
func (s *Spawner) Events() <-chan loadsim.Event { return s.events.out }

// Spawn asks for p with all its descendants. An error says that p cannot be
// asked for, whatever the state of the machine, or that the Spawner cannot go
// on. What limits or the machine do not allow is told by Failed events. It
// waits while several hundred processes are still to be born, whatever
// becomes of ctx then: half a request would be the end of the run.
func (s *Spawner) Spawn(ctx context.Context, p loadsim.Process) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	frame, err := request(p)
	if err != nil {
		return fmt.Errorf("spawn: %w", err)
	}
	if allowed, err := s.enter(p); err != nil || !allowed {
		return err
	}
	if _, err := s.zygote.requests.Write(frame); err != nil {
		return fmt.Errorf("spawn process %d: %w", p.ID, errors.Join(err, s.Close()))
	}
	return nil
}

// enter takes p into the account. What the limits or the file system do not
// allow is told at once; then it returns false.
func (s *Spawner) enter(p loadsim.Process) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false, errors.Join(ErrClosed, s.ended)
	}
	if id, used := s.account.uses(p); used {
		return false, fmt.Errorf("spawn: ID %d is in use: each process of a run needs one of its own", id)
	}
	err := s.account.allows(p, s.settings)
	if err == nil {
		err = s.provide(p)
	}
	if err != nil {
		s.tell(refusals(p, time.Now(), err))
		return false, nil
	}
	s.account.open(p)
	return true, nil
}

// provide puts the executables of p and its descendants into the folder.
func (s *Spawner) provide(p loadsim.Process) error {
	if err := s.folder.provide(p.Path); err != nil {
		return err
	}
	for _, c := range p.Children {
		if err := s.provide(c); err != nil {
			return err
		}
	}
	return nil
}

// Stop sends SIGTERM to the process. One that is not born yet gets it at its
// birth, one that has ended or never was asked for does not.
func (s *Spawner) Stop(id uint32) error {
	pid := s.toStop(id)
	if pid == 0 {
		return nil
	}
	return s.folder.send(pid, id, syscall.SIGTERM)
}

// toStop returns the PID of the process if it is born, else 0.
func (s *Spawner) toStop(id uint32) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.account.byID[id]
	if l == nil {
		return 0
	}
	if !l.born() {
		l.stop = true
		return 0
	}
	return l.pid
}

// Close ends all processes and returns when nothing is left of them, nor of
// the run's folder. The error is that of the whole run: of a zygote that ended
// before, for instance. It may be called twice.
func (s *Spawner) Close() error {
	s.finish(nil)
	<-s.done
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}
