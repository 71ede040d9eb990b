package metrics

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// links are second names of all files of a database's logs, by which they
// stay as they were when the database changes, replaces or removes them: it
// never writes into a file that is there already.
type links struct {
	dir, to string
	files   []string // paths below dir, and below to
}

func linkLogs(dir, to string, logs []string) (links, error) {
	l := links{dir: dir, to: to}
	if err := os.RemoveAll(to); err != nil { // of a process that was killed
		return l, err
	}
	for _, log := range logs {
		if err := l.add(filepath.Join(dir, log)); err != nil {
			return l, fmt.Errorf("look after the log of the newest metrics: %w", err)
		}
	}
	return l, nil
}

func (l *links) add(log string) error {
	err := filepath.WalkDir(log, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(l.dir, path)
		if err != nil {
			return err
		}
		l.files = append(l.files, name)
		return link(path, filepath.Join(l.to, name))
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// restore puts the logs back as they were, without those whose paths begin
// with one of without.
func (l links) restore(without []string) error {
	for _, name := range l.files {
		path := filepath.Join(l.dir, name)
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			return err
		}
	}
	for _, name := range l.files {
		if slices.ContainsFunc(without, func(part string) bool { return strings.HasPrefix(name, part) }) {
			continue
		}
		if err := link(filepath.Join(l.to, name), filepath.Join(l.dir, name)); err != nil {
			return err
		}
	}
	return nil
}

func (l links) forget() error { return os.RemoveAll(l.to) }

// changed are the files that are not any more what they were. Files with no
// more than a header do not count: a process that was killed can leave such ones.
func (l links) changed() (files []string) {
	const header = 8
	for _, name := range l.files {
		old, err := os.Stat(filepath.Join(l.to, name))
		if err != nil || old.Size() <= header {
			continue
		}
		now, err := os.Stat(filepath.Join(l.dir, name))
		if err != nil || !os.SameFile(old, now) {
			files = append(files, name)
		}
	}
	return files
}

// keepLog moves the files aside that opening the database changed, which it
// does with those that are damaged and what follows them. If it found samples
// of series that the log does not have, whose beginning must be cut off, it
// keeps all of the log.
func (s *Store) keepLog(l links, reg prometheus.Gatherer) {
	files, what := l.changed(), "the log of the newest metrics was damaged and is cut off there; an interrupted write leaves a damaged end"
	if n := strays(reg); n > 0 && len(files) == 0 {
		files, what = l.files, fmt.Sprintf("the log of the newest metrics lacks its beginning: %.0f samples are of series that it does not have", n)
	}
	if len(files) == 0 {
		return
	}
	to, err := s.aside("log")
	for _, name := range files {
		if err == nil {
			err = move(filepath.Join(l.to, name), filepath.Join(to, name))
		}
	}
	if err != nil {
		s.log.Error("a damaged log of metrics could not be kept", "error", err)
	}
	s.report(damage(what, to))
}

// strays is how many samples of the log the database could not put to a series.
func strays(reg prometheus.Gatherer) (n float64) {
	families, _ := reg.Gather() // what could not be read is left out
	for _, f := range families {
		if f.GetName() != "prometheus_tsdb_wal_replay_unknown_refs_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetValue() == "samples" {
					n += m.GetCounter().GetValue()
				}
			}
		}
	}
	return n
}

func link(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.Link(from, to)
}

func move(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.Rename(from, to)
}
