package metrics

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
)

// connect chooses the kind of store and makes the client that it is asked by.
func (s *Store) connect() (err error) {
	if s.set.PrometheusURL == "" {
		e := newEmbedded(s)
		s.kind, s.api = e, v1.NewAPI(e)
		return nil
	}
	f, err := newForwarding(s)
	if err != nil {
		return err
	}
	s.kind, s.api = f, v1.NewAPI(f.client)
	return nil
}

func (s *Store) lockFolder() (err error) {
	if err := os.MkdirAll(s.folder(), 0o700); err != nil {
		return fmt.Errorf("make the folder for metrics: %w; check the data folder", err)
	}
	if s.lock, err = tsdbutil.NewDirLocker(s.set.Dir, "metrics", s.log, nil); err != nil {
		return fmt.Errorf("lock the folder for metrics: %w", err)
	}
	if err := s.lock.Lock(); err != nil {
		return fmt.Errorf("lock the folder for metrics %s: %w; stop the process that uses it, or choose another data folder", s.set.Dir, err)
	}
	return nil
}

func (s *Store) folder() string { return filepath.Join(s.set.Dir, s.kind.name()) }

// register gives the store's own metrics away.
func (s *Store) register() error {
	if s.set.Registerer == nil {
		return nil
	}
	var errs []error
	for _, c := range append(s.counts.collectors(), databaseMetrics{s}) {
		errs = append(errs, s.set.Registerer.Register(c))
	}
	return errors.Join(errs...)
}
