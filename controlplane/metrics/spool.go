package metrics

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/tsdb/wlog"
	"github.com/prometheus/prometheus/util/compression"
)

// spool is a queue of records on disk, which outlives the process. Any number
// of goroutines may add; one reads.
type spool struct {
	wal     *wlog.WL
	dir     string
	log     *slog.Logger
	metrics *wlog.LiveReaderMetrics
	// lost is told of a segment whose rest cannot be read, or that had to go
	// unread.
	lost func(segment int, err error)

	at   position
	file *wlog.Segment // that is read; nil: none is open
	live *wlog.LiveReader
}

// position is that of a record: all those before it are done with.
type position struct {
	Segment int `json:"segment"`
	Record  int `json:"record"` // within the segment
}

// errGone is the reason of a segment that had to make room.
var errGone = errors.New("there was no room for more")

func openSpool(dir string, reg prometheus.Registerer, log *slog.Logger, lost func(int, error)) (*spool, error) {
	wal, err := wlog.NewSize(log, reg, filepath.Join(dir, "wal"), segmentSize, compression.Snappy)
	if err != nil {
		return nil, err
	}
	s := &spool{wal: wal, dir: dir, log: log, metrics: wlog.NewLiveReaderMetrics(reg), lost: lost}
	first, _, err := wlog.Segments(wal.Dir())
	if err != nil {
		return nil, errors.Join(err, wal.Close())
	}
	s.at = s.saved(first)
	return s, nil
}

// saved is where the last process was. If nobody knows, all is read again: a
// sample that is there already does no harm.
func (s *spool) saved(first int) (at position) {
	raw, err := os.ReadFile(s.place())
	if err == nil {
		err = json.Unmarshal(raw, &at)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("what was forwarded already is not known; all that is kept is sent again", "error", err)
	}
	if err != nil || at.Segment < first || at.Record < 0 {
		return position{Segment: first}
	}
	return at
}

func (s *spool) place() string { return filepath.Join(s.dir, "sent.json") }

// add appends a record.
func (s *spool) add(record []byte) error { return s.wal.Log(record) }

// next returns the record that follows, or nil while there is none. It is valid
// until the next call.
func (s *spool) next() ([]byte, error) {
	for {
		_, last, err := wlog.Segments(s.wal.Dir())
		if err != nil {
			return nil, err
		}
		if err := s.open(); err != nil {
			return nil, err
		}
		if s.live.Next() {
			s.at.Record++
			return s.live.Record(), nil
		}
		if err := s.live.Err(); !errors.Is(err, io.EOF) {
			s.lost(s.at.Segment, err)
		}
		if s.at.Segment >= last { // what follows is not there yet
			return nil, s.reopen()
		}
		s.close()
		s.at = position{Segment: s.at.Segment + 1}
	}
}

// reopen begins the segment anew after a read error, so that it can go on
// when more is written.
func (s *spool) reopen() error {
	if errors.Is(s.live.Err(), io.EOF) {
		return nil
	}
	s.close()
	next, err := s.wal.NextSegment()
	s.at = position{Segment: next}
	return err
}

// open opens the segment that is read, up to the position.
func (s *spool) open() error {
	if s.file != nil {
		return nil
	}
	file, err := wlog.OpenReadSegment(wlog.SegmentName(s.wal.Dir(), s.at.Segment))
	if err != nil {
		return fmt.Errorf("open what waits to be forwarded: %w", err)
	}
	s.file, s.live = file, wlog.NewLiveReader(s.log, s.metrics, file)
	for skip := s.at.Record; skip > 0 && s.live.Next(); skip-- {
	}
	return nil
}

func (s *spool) close() {
	if s.file != nil {
		_ = s.file.Close() // it was only read
	}
	s.file, s.live = nil, nil
}

// done remembers that all records before at need not be kept.
func (s *spool) done(at position) error {
	raw, err := json.Marshal(at)
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(s.place(), raw, 0o600); err != nil {
		return err
	}
	return s.wal.Truncate(at.Segment)
}

// makeRoom gives the oldest segments up if there are more than max.
func (s *spool) makeRoom(max int) error {
	first, last, err := wlog.Segments(s.wal.Dir())
	if err != nil || last-first < max {
		return err
	}
	keep := last - max + 1
	for lost := s.at.Segment; lost < keep; lost++ {
		s.lost(lost, errGone)
	}
	if s.at.Segment < keep {
		s.close()
		s.at = position{Segment: keep}
	}
	return s.done(s.at)
}

// Close ends the spool. Nobody may read or add any more.
func (s *spool) Close() error {
	s.close()
	return s.wal.Close()
}
