package metrics

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
)

// Store keeps samples in a database of its own, or forwards them. It is safe
// for use by several goroutines.
type Store struct {
	set    Settings
	log    *slog.Logger
	now    func() time.Time
	api    v1.API
	lock   *tsdbutil.DirLocker
	counts *counts
	quotas quotas
	kind   storeKind

	stop    context.CancelFunc
	running sync.WaitGroup
	torn    chan struct{} // the database must be opened anew

	mu       sync.Mutex
	db       *opened // nil while it cannot be opened
	problems []Problem
}

// database is where samples go.
type database interface {
	storage.AppendableV2
	Close() error
}

// storeKind opens one kind of database in its folder.
type storeKind interface {
	// name is that of the folder.
	name() string
	// open registers the database's metrics.
	open(dir string, reg prometheus.Registerer) (database, error)
	// logs are the folders of the newest samples, whose files the database may
	// repair.
	logs() []string
	// without are parts of the logs to do without if they cannot be repaired,
	// the least first: beginnings of paths.
	without() [][]string
}

// Open opens the store in its folder. What is damaged is moved aside; what the
// machine does not allow now is tried again later: both are in
// [Store.Problems]. A database that takes long to read is opened in the
// background, and the store is away until then. The error is that of wrong
// settings, or of a folder that cannot be made or that another process uses.
// The caller must Close the store.
func Open(set Settings) (*Store, error) {
	set = set.withDefaults()
	if err := set.validate(); err != nil {
		return nil, err
	}
	s := newStore(set)
	if err := s.connect(); err != nil {
		return nil, err
	}
	if err := s.lockFolder(); err != nil {
		return nil, err
	}
	if err := s.register(); err != nil {
		return nil, errors.Join(err, s.lock.Release())
	}
	s.run()
	return s, nil
}

func newStore(set Settings) *Store {
	return &Store{
		set: set, log: set.Log, now: set.Now, torn: make(chan struct{}, 1),
		counts: newCounts(), quotas: quotas{agents: map[string]*quota{}},
	}
}

// API is the client of the Prometheus HTTP API by which the store is asked: of
// its own database, or of the Prometheus that it forwards to.
func (s *Store) API() v1.API { return s.api }

// Close ends the store. Samples that wait to be forwarded are sent if that
// takes less than a few seconds.
func (s *Store) Close() error {
	s.stop()
	s.running.Wait()
	_, err := s.closeDatabase()
	return errors.Join(err, s.lock.Release())
}
