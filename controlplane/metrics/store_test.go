package metrics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/stretchr/testify/require"
)

func TestWrongSettingsAreNamedAllAtOnce(t *testing.T) {
	_, err := Open(Settings{Retention: time.Minute, MaxBytes: 1, QueryTimeout: -1, PrometheusURL: "prometheus:9090"})
	for _, want := range []string{
		"metrics folder: none is given", "metrics retention: 1m0s; at least 2h", "metrics size: 1 bytes; at least 67108864",
		"limits of metrics queries: must not be negative", `prometheus url: "prometheus:9090"; give one such as http://prometheus:9090`,
	} {
		require.ErrorContains(t, err, want)
	}
}

func TestAFolderHasOneProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Settings{Dir: dir})
	_, err := Open(Settings{Dir: dir})
	require.ErrorContains(t, err, "stop the process that uses it")
	send(t, s, someone, aScrape(time.Now()))
}

func TestSamplesOutliveARestart(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(Settings{Dir: dir})
	require.NoError(t, err)
	send(t, s, someone, aScrape(time.Now()))
	require.NoError(t, s.Close())
	s = open(t, Settings{Dir: dir})
	require.Len(t, vector(t, s, "phoenix_scrape_reduction"), 1)
	require.Empty(t, s.Problems())
}

func TestOldDamageIsForgotten(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"old", "new"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "damaged", name, "block"), 0o700))
	}
	past := time.Now().Add(-17 * 24 * time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(dir, "damaged", "old"), past, past))
	open(t, Settings{Dir: dir})
	require.NoDirExists(t, filepath.Join(dir, "damaged", "old"))
	require.DirExists(t, filepath.Join(dir, "damaged", "new"))
}

func TestItsOwnMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	s := open(t, Settings{Dir: t.TempDir(), Registerer: reg})
	send(t, s, someone, aScrape(time.Now()))
	post(s.Ingest(from(someone)), []byte("x"))
	require.InDelta(t, 19, testutil.ToFloat64(s.counts.points.WithLabelValues("taken")), 0)
	require.InDelta(t, 8, testutil.ToFloat64(s.counts.points.WithLabelValues("unkept")), 0)
	require.InDelta(t, 1, testutil.ToFloat64(s.counts.requests.WithLabelValues("400")), 0)
	n, err := testutil.GatherAndCount(reg, "phoenix_metrics_requests_total", "phoenix_metrics_problems", "prometheus_tsdb_head_series")
	require.NoError(t, err)
	require.Equal(t, 4, n)
}

// fake is a kind of store whose database works as the test says.
type fake struct {
	works               atomic.Bool
	opening, committing error         // unless it works
	takes               time.Duration // to open
}

func (*fake) name() string        { return "fake" }
func (*fake) logs() []string      { return nil }
func (*fake) without() [][]string { return nil }

func (f *fake) open(string, prometheus.Registerer) (database, error) {
	time.Sleep(f.takes)
	if f.opening != nil && !f.works.Load() {
		return nil, f.opening
	}
	return f, nil
}

func (f *fake) AppenderV2(context.Context) storage.AppenderV2 { return f }

func (*fake) Append(storage.SeriesRef, labels.Labels, int64, int64, float64, *histogram.Histogram, *histogram.FloatHistogram, storage.AOptions) (storage.SeriesRef, error) {
	return 0, nil
}

func (f *fake) Commit() error {
	if f.works.Load() {
		return nil
	}
	return f.committing
}

func (*fake) Querier(int64, int64) (storage.Querier, error) { return storage.NoopQuerier(), nil }

func (*fake) Rollback() error { return nil }
func (*fake) Close() error    { return nil }

// openFake opens a store of a fake kind.
func openFake(t *testing.T, f *fake) *Store {
	t.Helper()
	set := Settings{Dir: t.TempDir()}.withDefaults()
	s := newStore(set)
	s.kind, s.api = f, v1.NewAPI(newEmbedded(s))
	require.NoError(t, s.lockFolder())
	s.run()
	return s
}

// TestAFullDiskAtTheStartIsNoDamage lets a store wait until there is room.
func TestAFullDiskAtTheStartIsNoDamage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{opening: fmt.Errorf("open: %w", syscall.ENOSPC)}
		s := openFake(t, f)
		h := s.Ingest(from(someone))
		require.Equal(t, http.StatusServiceUnavailable, post(h, protobuf(t, aScrape(time.Now()))).Code)
		require.Len(t, s.Problems(), 1)
		require.Contains(t, s.Problems()[0].What, "no space left on device")
		require.NoDirExists(t, filepath.Join(s.set.Dir, "damaged"))
		f.works.Store(true)
		time.Sleep(retryOpen + time.Second)
		require.Equal(t, http.StatusOK, post(h, protobuf(t, aScrape(time.Now()))).Code)
		require.NoError(t, s.Close())
	})
}

// TestAFullDiskRecoversWithoutARestart answers 503 until there is room.
func TestAFullDiskRecoversWithoutARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{committing: fmt.Errorf("write: %w", syscall.ENOSPC)}
		s := openFake(t, f)
		h := s.Ingest(from(someone))
		w := post(h, protobuf(t, aScrape(time.Now())))
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.NotContains(t, w.Body.String(), "write: ", "what happens here is for the log")
		f.works.Store(true)
		require.Equal(t, http.StatusServiceUnavailable, post(h, protobuf(t, aScrape(time.Now()))).Code, "half a record must not come before a whole one")
		time.Sleep(retryOpen + time.Second)
		require.Equal(t, http.StatusOK, post(h, protobuf(t, aScrape(time.Now()))).Code)
		require.NoError(t, s.Close())
	})
}

// TestWhatNothingHelpsIsSetAside has a kind that reads no folder of before.
func TestWhatNothingHelpsIsSetAside(t *testing.T) {
	f := &fake{opening: errors.New("not in a format I know")}
	s := openFake(t, f)
	require.Len(t, s.Problems(), 2)
	require.DirExists(t, s.Problems()[0].Path)
	require.Contains(t, s.Problems()[0].What, "the metrics cannot be read")
	require.NoError(t, s.Close())
}

// TestADatabaseThatIsReadForLongHoldsNobodyUp opens one that takes a minute.
func TestADatabaseThatIsReadForLongHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := openFake(t, &fake{takes: time.Minute})
		require.Equal(t, openPatience, time.Since(began))
		h := s.Ingest(from(someone))
		require.Equal(t, http.StatusServiceUnavailable, post(h, protobuf(t, aScrape(time.Now()))).Code)
		time.Sleep(time.Minute)
		require.Equal(t, http.StatusOK, post(h, protobuf(t, aScrape(time.Now()))).Code)
		require.Empty(t, s.Problems())
		require.NoError(t, s.Close())
	})
}
