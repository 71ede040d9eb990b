package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/api"
	"github.com/prometheus/client_golang/prometheus"
	commonconfig "github.com/prometheus/common/config"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/wlog"
	"golang.org/x/time/rate"
)

// forwarding keeps samples on disk until a Prometheus has taken them by remote
// write, and asks that Prometheus.
type forwarding struct {
	store  *Store
	client api.Client
	writer writer
}

func newForwarding(s *Store) (*forwarding, error) {
	u, err := url.Parse(s.set.PrometheusURL)
	if err != nil {
		return nil, fmt.Errorf("prometheus url: %w", err)
	}
	way, err := commonconfig.NewRoundTripperFromConfig(s.set.PrometheusHTTP, "phoenix", commonconfig.WithDialContextFunc(dialer.DialContext))
	if err != nil {
		return nil, fmt.Errorf("prometheus url: %w", err)
	}
	h := &http.Client{Transport: way, CheckRedirect: noRedirect, Timeout: s.set.QueryTimeout}
	client, err := api.NewClient(api.Config{Address: u.String(), Client: h})
	if err != nil {
		return nil, fmt.Errorf("prometheus url: %w", err)
	}
	return &forwarding{s, client, writer{h, u.JoinPath(s.set.RemoteWritePath)}}, nil
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func (*forwarding) name() string        { return "forward" }
func (*forwarding) logs() []string      { return nil } // its spool reads around damage
func (*forwarding) without() [][]string { return nil }

func (f *forwarding) open(dir string, reg prometheus.Registerer) (database, error) {
	s, err := openSpool(dir, reg, f.store.log, func(segment int, err error) { f.lost(dir, segment, err) })
	if err != nil {
		return nil, err
	}
	sent := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "phoenix_metrics_forwarded_requests_total",
		Help: "Requests of agents by what the Prometheus did with them: taken, refused (it will never take them).",
	}, []string{"outcome"})
	ctx, cancel := context.WithCancel(context.Background())
	d := &forward{
		spool: s, writer: f.writer, log: f.store.log, sent: sent, cancel: cancel,
		loss: rate.Sometimes{Interval: time.Minute},
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	go d.run(ctx)
	return d, reg.Register(sent)
}

// lost keeps a segment that cannot be read, and reports it.
func (f *forwarding) lost(dir string, segment int, err error) {
	if errors.Is(err, errGone) {
		f.store.report(Problem{
			What: "metrics that waited for the Prometheus had to give way to newer ones", Path: f.writer.url.Redacted(),
			Remedy: "see why it does not take remote writes",
		})
		return
	}
	file := wlog.SegmentName(filepath.Join(dir, "wal"), segment)
	to, failed := f.store.aside(filepath.Base(file))
	if failed == nil {
		failed = link(file, to)
	}
	if failed != nil {
		f.store.log.Error("damaged metrics could not be kept", "file", file, "error", failed)
	}
	f.store.report(damage(fmt.Sprintf("metrics that waited for the Prometheus are damaged: %v", err), to))
}

// forward is a spool whose records, write requests, a goroutine sends.
type forward struct {
	*spool
	writer writer
	log    *slog.Logger
	sent   *prometheus.CounterVec
	loss   rate.Sometimes // to log what was refused

	wake   chan struct{}
	stop   chan struct{} // closed: send what waits, and end
	cancel context.CancelFunc
	done   chan struct{}
}

// AppenderV2 makes one record of what is appended.
func (f *forward) AppenderV2(context.Context) storage.AppenderV2 { return &written{to: f} }

// flushTime is how long closing may take to send what waits. What is left then
// is sent after the next start.
const flushTime = 5 * time.Second

// Close ends the sending, then the spool.
func (f *forward) Close() error {
	close(f.stop)
	timer := time.AfterFunc(flushTime, f.cancel)
	<-f.done
	timer.Stop()
	f.cancel()
	return f.spool.Close()
}
