package dataflow

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"golang.org/x/net/netutil"

	"github.com/phoenix-platform/phoenix/internal/otlphttp"
)

// Interval is the time between two reports: short enough that a trial of
// seconds sees some.
const Interval = 2 * time.Second

const (
	// maxBody bounds a report: one of a collector with a hundred components is
	// some 100 kB.
	maxBody = 4 << 20
	// maxConnections bounds what other processes of the host can hold open.
	maxConnections = 8
	// patience is how long a report may take to arrive, and an idle connection
	// is kept.
	patience = 10 * time.Second
)

// Meter takes the reports of the collector that it runs in. It outlives
// reloads. Only who knows its token is heard; the token is another one in each
// process and stands in no file.
type Meter struct {
	endpoint string
	token    string
	server   http.Server
	served   chan error
	changed  chan struct{}

	mu     sync.Mutex
	counts Counts
}

// Listen begins to take reports, on a port of this host's own choice. The
// caller must Close the meter.
func Listen() (*Meter, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on 127.0.0.1 for the collector's own metrics: %w; the loopback device must be up", err)
	}
	m := &Meter{
		endpoint: "http://" + l.Addr().String(),
		token:    rand.Text(),
		served:   make(chan error, 1),
		changed:  make(chan struct{}, 1),
	}
	m.server = http.Server{
		Handler:     m.authorised(http.MaxBytesHandler(otlphttp.Handler(m.take), maxBody)),
		ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: patience,
		MaxHeaderBytes: 16 << 10,
	}
	go func() { m.served <- m.server.Serve(netutil.LimitListener(l, maxConnections)) }()
	return m, nil
}

// Reader is the reader that sends the reports: an entry of
// service::telemetry::metrics::readers. It holds the token.
func (m *Meter) Reader() map[string]any {
	return map[string]any{"periodic": map[string]any{
		"interval": int(Interval.Milliseconds()),
		"exporter": map[string]any{"otlp": map[string]any{
			"protocol": "http/protobuf",
			"endpoint": m.endpoint,
			"headers":  []any{map[string]any{"name": "authorization", "value": "Bearer " + m.token}},
		}},
	}}
}

// Counts is the newest report.
func (m *Meter) Counts() Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts
}

// Changed receives after a report has come; several may have come meanwhile.
func (m *Meter) Changed() <-chan struct{} { return m.changed }

// Close ends the meter and waits until it has ended. A reader that still runs
// sends in vain.
func (m *Meter) Close() error {
	if err := m.server.Close(); err != nil {
		return fmt.Errorf("close the meter of the collector's own metrics: %w", err)
	}
	if err := <-m.served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the meter of the collector's own metrics: %w", err)
	}
	m.served <- http.ErrServerClosed // for a second Close
	return nil
}

// authorised hears only who knows the token.
func (m *Meter) authorised(next http.Handler) http.Handler {
	want := []byte("Bearer " + m.token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			http.Error(w, "this is for the collector's own metrics; only its own reader may send here", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// take keeps a report.
func (m *Meter) take(md pmetric.Metrics) error {
	c := count(md)
	m.mu.Lock()
	c.Report = m.counts.Report + 1
	m.counts = c
	m.mu.Unlock()
	select {
	case m.changed <- struct{}{}:
	default: // one is waiting already
	}
	return nil
}
