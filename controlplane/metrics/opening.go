package metrics

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	// openPatience is how long Open waits for the database, which reads all
	// samples of the last hours: a large fleet's may take longer, and the rest of
	// the control plane should not wait for them.
	openPatience = 5 * time.Second
	// retryOpen is the time between two attempts to open a database that the
	// machine did not let us open, or write to, as with a full disk.
	retryOpen = 5 * time.Second
)

// run begins to keep the database open, and to evaluate the rules.
func (s *Store) run() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	tried := make(chan struct{})
	s.running.Go(func() { s.keepOpen(ctx, tried) })
	s.running.Go(func() { s.runRules(ctx) })
	patience := time.NewTimer(openPatience)
	defer patience.Stop()
	select {
	case <-tried:
	case <-patience.C:
		s.log.Warn("the metrics of the last hours are still being read; until then none are taken, and queries are refused")
	}
}

// keepOpen opens the database, and opens it anew after a write failed, until ctx
// ends. It closes tried after the first attempt.
func (s *Store) keepOpen(ctx context.Context, tried chan<- struct{}) {
	err := s.openNow(ctx, false)
	if err != nil {
		s.reportAway(err)
	}
	close(tried)
	for err != nil || s.wasTorn(ctx) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryOpen):
		}
		if err = s.reopen(ctx); err != nil {
			s.log.Warn("the store of metrics does not work yet", "error", err)
			continue
		}
		s.log.Info("the store of metrics works again")
	}
}

// wasTorn waits until a write failed; false if ctx ends before.
func (s *Store) wasTorn(ctx context.Context) bool {
	select {
	case <-s.torn:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *Store) reportAway(err error) {
	s.report(Problem{
		What: fmt.Sprintf("metrics are not taken: %v", err), Path: s.folder(),
		Remedy: fmt.Sprintf("make room or allow access; it is tried again every %s", retryOpen),
	})
}

// openNow opens the database; mending: it is known to have half a record.
func (s *Store) openNow(ctx context.Context, mending bool) error {
	db, reg, err := s.openDatabase(ctx, mending)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.db = &opened{database: db, metrics: reg}
	return nil
}

// reopen opens the database anew once there is room. Until then one that is
// open answers queries.
func (s *Store) reopen(ctx context.Context) error {
	if err := s.hasRoom(); err != nil {
		return err
	}
	wasOpen, err := s.closeDatabase()
	if err != nil {
		s.log.Warn("the store of metrics did not close as it should", "error", err)
	}
	return s.openNow(ctx, wasOpen)
}

// hasRoom tries to write as much as a segment of a log.
func (s *Store) hasRoom() error {
	f, err := os.Create(filepath.Join(s.set.Dir, "room"))
	if err != nil {
		return err
	}
	part := make([]byte, 1<<20)
	for n := 0; n < segmentSize && err == nil; n += len(part) {
		_, err = f.Write(part)
	}
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}
