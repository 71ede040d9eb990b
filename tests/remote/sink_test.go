//go:build linux

package remote

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/phoenix-platform/phoenix/internal/otlphttp"
	"github.com/phoenix-platform/phoenix/tests/built"
)

// sink is the backend that a host sends to. It remembers what came, by when.
type sink struct {
	endpoint string
	// inbound is where the host's collector listens for traces.
	inbound string

	mu       sync.Mutex
	readings []reading      // of processes, as they came
	spans    map[string]int // by name, how often each came
	refuse   int            // the status of every answer; 0: all is taken
	wrong    string         // the authorization that is refused
}

// reading is what a scrape says of the CPU time of one process. An exporter may
// send several scrapes in one request, or one in several: only the times of the
// points tell them apart.
type reading struct {
	name       string
	at, start  time.Time
	cpuSeconds float64
}

func newSink(t *testing.T) *sink {
	s := &sink{inbound: built.FreeAddress(t), spans: map[string]int{}}
	mux := http.NewServeMux()
	mux.Handle("POST "+otlphttp.Path, otlphttp.Handler(s.metrics))
	mux.HandleFunc("POST /v1/traces", s.traces)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status := s.refuses(r); status != 0 {
			w.WriteHeader(status)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.endpoint = server.URL
	return s
}

// refuses is the status that a request is refused with; 0: it is not.
func (s *sink) refuses(r *http.Request) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wrong != "" && r.Header.Get("Authorization") == s.wrong {
		return http.StatusUnauthorized
	}
	return s.refuse
}

func (s *sink) refuseWith(authorization string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = authorization
}

func (s *sink) refuseAll(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = status
}

func (s *sink) metrics(md pmetric.Metrics) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, rm := range md.ResourceMetrics().All() {
		name, ofProcess := rm.Resource().Attributes().Get("process.executable.name")
		if r, ok := cpuTime(rm); ofProcess && ok {
			r.name = name.Str()
			s.readings = append(s.readings, r)
		}
	}
	return nil
}

// cpuTime is the sum over all states.
func cpuTime(rm pmetric.ResourceMetrics) (r reading, ok bool) {
	for _, sm := range rm.ScopeMetrics().All() {
		for _, m := range sm.Metrics().All() {
			if m.Name() != "process.cpu.time" {
				continue
			}
			for _, p := range m.Sum().DataPoints().All() {
				r.cpuSeconds += p.DoubleValue()
				r.at, r.start, ok = p.Timestamp().AsTime(), p.StartTimestamp().AsTime(), true
			}
		}
	}
	return r, ok
}

func (s *sink) traces(w http.ResponseWriter, r *http.Request) {
	body, err := unzipped(r)
	request := ptraceotlp.NewExportRequest()
	if err == nil {
		err = request.UnmarshalProto(body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for span := range spans(request.Traces()) {
		s.spans[span.Name()]++
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func spans(td ptrace.Traces) func(yield func(ptrace.Span) bool) {
	return func(yield func(ptrace.Span) bool) {
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					if !yield(span) {
						return
					}
				}
			}
		}
	}
}

func unzipped(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Content-Encoding") != "gzip" {
		return body, err
	}
	zipped, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(zipped)
}

// of are the readings of a process since some time, in the order of their times.
func (s *sink) of(name string, since time.Time) (found []reading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.readings {
		if r.name == name && r.at.After(since) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b reading) int { return a.at.Compare(b.at) })
	return found
}
