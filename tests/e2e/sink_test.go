//go:build linux

package e2e

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/otlphttp"
)

// batch is one export request.
type batch struct {
	pmetric.Metrics
	arrived time.Time
}

// sink takes what otlphttp exporters send, each under a path of its own.
type sink struct {
	url string

	mu      sync.Mutex
	batches map[string][]batch
}

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{batches: map[string][]batch{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/{path}"+otlphttp.Path, func(w http.ResponseWriter, r *http.Request) {
		path := r.PathValue("path")
		take := otlphttp.Handler(func(md pmetric.Metrics) error {
			s.take(path, md)
			return nil
		})
		http.StripPrefix("/"+path, take).ServeHTTP(w, r)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *sink) take(path string, md pmetric.Metrics) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches[path] = append(s.batches[path], batch{md, time.Now()})
}

// got returns what came under a path so far, in order.
func (s *sink) got(path string) []batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.batches[path])
}

// has reports whether at least n batches came under each path.
func (s *sink) has(n int, paths ...string) bool {
	return !slices.ContainsFunc(paths, func(path string) bool { return len(s.got(path)) < n })
}
