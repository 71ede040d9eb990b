package simulation

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/childcollector"
	"github.com/phoenix-platform/phoenix/internal/otlphttp"
)

// defaultTimeout bounds a run: the recording of the catalog takes 5 s.
const defaultTimeout = time.Minute

// ErrConfig is wrapped by errors that say what of a configuration cannot be
// simulated.
var ErrConfig = errors.New("this configuration cannot be simulated")

// Simulator runs pipelines. It may be used from several goroutines at once.
type Simulator struct {
	// Binary is the path of otelcol-phoenix.
	Binary string
	// Timeout is how long a run may take. 0: one minute.
	Timeout time.Duration
}

// Run sends scrapes, in the order of their times, through the pipeline of
// processes of a configuration. The scrapes are not changed.
func (s *Simulator) Run(ctx context.Context, config []byte, scrapes []pmetric.Metrics) (Result, error) {
	if len(scrapes) == 0 {
		return Result{}, errors.New("the recording has no scrape; record some with record-scrapes")
	}
	timeout := s.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out, err := listen()
	if err != nil {
		return Result{}, err
	}
	defer out.close()
	address, err := freeAddress()
	if err != nil {
		return Result{}, err
	}
	wired, way, err := wire(config, address, out.url)
	if err != nil {
		return Result{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	t := &transitions{}
	c, err := childcollector.Start(childcollector.Settings{Binary: s.Binary, Config: wired, Log: t.add})
	if err != nil {
		return Result{}, err
	}
	if err := errors.Join(send(ctx, c, address, scrapes), c.Stop(ctx)); err != nil {
		return Result{}, fmt.Errorf("run the pipeline over the recording: %w", err)
	}
	return account(scrapes, out.batches(), reasons{way, t.left()})
}

// send waits until the collector listens, and sends it the scrapes.
func send(ctx context.Context, c *childcollector.Collector, address string, scrapes []pmetric.Metrics) error {
	if err := await(ctx, c, address); err != nil {
		return err
	}
	for i, md := range scrapes {
		if err := otlphttp.Post(ctx, http.DefaultClient, otlphttp.URL("http://"+address), md); err != nil {
			return fmt.Errorf("scrape %d: %w", i+1, err)
		}
	}
	return nil
}

// await waits until a collector listens.
func await(ctx context.Context, c *childcollector.Collector, address string) error {
	for {
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			return conn.Close()
		}
		select {
		case <-c.Done():
			return errors.Join(errors.New("the collector ended by itself"), c.Err())
		case <-ctx.Done():
			return fmt.Errorf("the collector does not listen on %s: %w", address, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port on loopback: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// end takes what comes out of the pipeline.
type end struct {
	url    string
	server *http.Server
	done   chan struct{}

	mu  sync.Mutex
	all []pmetric.Metrics
}

func listen() (*end, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for what comes out of the pipeline: %w", err)
	}
	e := &end{url: "http://" + l.Addr().String(), done: make(chan struct{})}
	e.server = &http.Server{Handler: otlphttp.Handler(e.take), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(e.done)
		_ = e.server.Serve(l) // it ends by close
	}()
	return e, nil
}

func (e *end) take(md pmetric.Metrics) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, md)
	return nil
}

// batches are those that came, when nobody sends any more.
func (e *end) batches() []pmetric.Metrics {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.all
}

func (e *end) close() {
	_ = e.server.Close()
	<-e.done
}
