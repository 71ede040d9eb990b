package metrics

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/storage"
)

// opened is an open database.
type opened struct {
	database
	metrics *prometheus.Registry
	users   sync.WaitGroup
	// torn: a write failed, so that its log may have half a record. What would be
	// written behind it would be lost with the next start.
	torn atomic.Bool
}

// use returns the database, or an error while there is none. The caller must
// call done.
func (s *Store) use() (db *opened, done func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil {
		return nil, nil, away("the store of metrics is not open; the control plane's log says why")
	}
	s.db.users.Add(1)
	return s.db, s.db.users.Done, nil
}

// write commits what do appends, all of it or nothing.
func (s *Store) write(ctx context.Context, do func(storage.AppenderV2) error) error {
	db, done, err := s.use()
	if err != nil {
		return err
	}
	defer done()
	if db.torn.Load() {
		return errTorn
	}
	app := db.AppenderV2(ctx)
	if err := do(app); err != nil {
		return errors.Join(err, app.Rollback())
	}
	if err := app.Commit(); err != nil {
		s.tear(db, err)
		return err
	}
	if db.torn.Load() { // this may be behind the half record of another
		return errTorn
	}
	return nil
}

var errTorn = away("metrics cannot be written now; the control plane's log says why")

// tear lets nobody write until the database is opened anew.
func (s *Store) tear(db *opened, err error) {
	if db.torn.CompareAndSwap(false, true) {
		s.reportAway(err)
		s.torn <- struct{}{}
	}
}

// closeDatabase closes the database, if there is one, as soon as nobody uses it.
func (s *Store) closeDatabase() (wasOpen bool, err error) {
	s.mu.Lock()
	db := s.db
	s.db = nil
	s.mu.Unlock()
	if db == nil {
		return false, nil
	}
	db.users.Wait()
	return true, db.Close()
}

// databaseMetrics are those of the database that is open.
type databaseMetrics struct{ *Store }

// Describe says nothing: the metrics depend on the kind of database.
func (databaseMetrics) Describe(chan<- *prometheus.Desc) {}

// Collect gives the metrics of the database away.
func (m databaseMetrics) Collect(to chan<- prometheus.Metric) {
	if db, done, err := m.use(); err == nil {
		defer done()
		db.metrics.Collect(to)
	}
}
