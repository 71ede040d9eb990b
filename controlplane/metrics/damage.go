package metrics

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// openDatabase opens the database. Blocks that cannot be read are moved aside
// before. A log that the database repairs, which is to say cuts off where it is
// damaged, is kept as it was; of one that it cannot repair the parts that it
// can do without are given up, one after the other. mending: it is cut off at
// the write that failed, of which there is nothing to keep.
func (s *Store) openDatabase(ctx context.Context, mending bool) (database, *prometheus.Registry, error) {
	dir := s.folder()
	if err := errors.Join(os.MkdirAll(dir, 0o700), s.forget()); err != nil {
		return nil, nil, err
	}
	s.setAsideBlocks(ctx, dir)
	l, err := linkLogs(dir, filepath.Join(s.set.Dir, "before"), s.kind.logs())
	if err != nil {
		return nil, nil, err
	}
	db, reg, err := s.openWithLess(l)
	if err == nil && !mending {
		s.keepLog(l, reg)
	}
	if err := l.forget(); err != nil {
		s.log.Warn("copies of the log of the newest metrics take room", "error", err)
	}
	return db, reg, err
}

// openWithLess opens the database without the parts of its log that are
// damaged, and at last without anything.
func (s *Store) openWithLess(l links) (database, *prometheus.Registry, error) {
	db, reg, err := s.tryOpen(l.dir)
	for _, without := range s.kind.without() {
		if err == nil || !isDamage(err) {
			return db, reg, err
		}
		s.log.Warn("the log of the newest metrics cannot be repaired", "error", err, "trying without", without)
		if err := l.restore(without); err != nil {
			return nil, nil, err
		}
		db, reg, err = s.tryOpen(l.dir)
	}
	if err == nil || !isDamage(err) {
		return db, reg, err
	}
	if err := s.setAside(l.dir, fmt.Sprintf("the metrics cannot be read: %v", err)); err != nil {
		return nil, nil, err
	}
	return s.tryOpen(l.dir)
}

func (s *Store) tryOpen(dir string) (database, *prometheus.Registry, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	reg := prometheus.NewRegistry()
	db, err := s.kind.open(dir, reg)
	return db, reg, err
}

// isDamage tells what is wrong with the files from what the machine does not
// allow now.
func isDamage(err error) bool {
	for _, no := range []error{
		fs.ErrPermission, syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM,
	} {
		if errors.Is(err, no) {
			return false
		}
	}
	return true
}

// setAside moves what is damaged out of the way, if it is there.
func (s *Store) setAside(path, what string) error {
	to, err := s.aside(filepath.Base(path))
	if err == nil {
		err = os.Rename(path, to)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("move damaged metrics aside: %w", err)
	}
	s.report(damage(what, to))
	return nil
}

func damage(what, path string) Problem {
	return Problem{What: what, Path: path, Remedy: "delete it if you do not need it; what it held is missing from charts and savings"}
}

// aside is a free place for what is damaged.
func (s *Store) aside(name string) (string, error) {
	dir := filepath.Join(s.set.Dir, "damaged", s.now().UTC().Format("20060102T150405.000"))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return filepath.Join(dir, name), nil
}

// forget removes damage that is older than anything that the store keeps.
func (s *Store) forget() error {
	entries, err := os.ReadDir(filepath.Join(s.set.Dir, "damaged"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var errs []error
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && s.now().Sub(info.ModTime()) > s.set.Retention+24*time.Hour {
			err = os.RemoveAll(filepath.Join(s.set.Dir, "damaged", e.Name()))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
