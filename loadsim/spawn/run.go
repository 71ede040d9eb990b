//go:build linux

package spawn

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// lastRecords is how long records are waited for when the zygote is gone. As a
// rule they are there by then, and so is the end of the file.
const lastRecords = time.Second

// run takes records until the run is over, and clears up behind it.
func (s *Spawner) run() {
	defer close(s.done)
	var both sync.WaitGroup
	both.Go(s.follow)
	both.Go(func() {
		s.finish(s.zygote.wait())
		s.killRest()
		s.zygote.records.SetReadDeadline(time.Now().Add(lastRecords))
	})
	both.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(s.account.lose(time.Now()))
	close(s.events.in)
	s.ended = errors.Join(s.ended, s.zygote.records.Close(), s.folder.remove())
}

// finish lets all processes end; err is why, if that was not asked for.
func (s *Spawner) finish(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = errors.Join(s.ended, err)
	if !s.over {
		s.over = true
		s.zygote.letGo()
	}
}

// follow reads records to their end.
func (s *Spawner) follow() {
	in := bufio.NewReaderSize(s.zygote.records, 64*recordSize)
	buffer := make([]byte, recordSize)
	for {
		if _, err := io.ReadFull(in, buffer); err != nil {
			if err != io.EOF && !errors.Is(err, os.ErrDeadlineExceeded) {
				s.finish(fmt.Errorf("read what became of the processes: %w", err))
			}
			return
		}
		s.take(decode(buffer))
	}
}

// take enters a record and tells what it means.
func (s *Spawner) take(r record) {
	s.mu.Lock()
	events := s.account.enter(r)
	l := s.account.byID[r.ID]
	stop := l != nil && l.stop && l.born() && r.Kind <= recordRuns
	s.tell(events)
	s.mu.Unlock()
	if stop {
		// It is one of ours, born this moment: there is nothing to go wrong
		// but that it has ended.
		_ = s.folder.send(int(r.PID), r.ID, syscall.SIGTERM)
	}
}

// tell hands events on; mu is held, so that they keep their order.
func (s *Spawner) tell(events []loadsim.Event) {
	for _, e := range events {
		s.events.in <- e
	}
}

// killRest kills who should have ended with the zygote and has not, because he
// is stopped. As a rule there is nobody.
func (s *Spawner) killRest() {
	s.mu.Lock()
	var living []*life
	for _, l := range s.account.byPID {
		living = append(living, l)
	}
	s.mu.Unlock()
	for _, l := range living {
		_ = s.folder.send(l.pid, l.id, syscall.SIGKILL)
	}
}
