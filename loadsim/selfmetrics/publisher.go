package selfmetrics

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"

	"github.com/phoenix-platform/phoenix/internal/otlphttp"
	"github.com/phoenix-platform/phoenix/loadsim"
)

// Settings says where to. What is empty is left out.
type Settings struct {
	// Listen is a loopback address; port 0 is any free one.
	Listen string
	// OTLP is the base URL of a receiver, such as http://127.0.0.1:4318.
	OTLP string
}

// sendEvery is how often OTLP sends.
const sendEvery = 10 * time.Second

// Publisher publishes the latest progress. It is an observer of a run.
type Publisher struct {
	provider *metric.MeterProvider
	listener net.Listener // nil: none
	server   http.Server
	served   sync.WaitGroup

	mu    sync.Mutex
	state loadsim.Progress
}

// Start begins to publish. The caller must Stop it.
func Start(ctx context.Context, s Settings) (*Publisher, error) {
	p := &Publisher{}
	if u, err := url.Parse(s.OTLP); s.OTLP != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		return nil, fmt.Errorf("send metrics: %q is no address; give one such as http://127.0.0.1:4318", s.OTLP)
	}
	var options []metric.Option
	if s.Listen != "" {
		reader, err := p.listen(s.Listen)
		if err != nil {
			return nil, err
		}
		options = append(options, metric.WithReader(reader))
	}
	if s.OTLP != "" {
		sender, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(otlphttp.URL(s.OTLP)))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("send metrics to %s: %w", s.OTLP, err), p.close())
		}
		options = append(options, metric.WithReader(metric.NewPeriodicReader(sender, metric.WithInterval(sendEvery))))
	}
	p.provider = metric.NewMeterProvider(options...)
	if err := observe(p.provider.Meter("github.com/phoenix-platform/phoenix/loadsim"), p.latest); err != nil {
		return nil, errors.Join(err, p.Stop(ctx))
	}
	if p.listener != nil {
		p.served.Go(func() { _ = p.server.Serve(p.listener) }) // ends with close
	}
	return p, nil
}

// listen opens the address and prepares what is served there.
func (p *Publisher) listen(address string) (metric.Reader, error) {
	if err := loopback(address); err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	p.server.Handler, p.server.ReadHeaderTimeout = mux, 5*time.Second
	if p.listener, err = net.Listen("tcp", address); err != nil {
		return nil, fmt.Errorf("serve metrics: %w; choose another address, or port 0", err)
	}
	return reader, nil
}

// loopback refuses addresses that others can reach.
func loopback(address string) error {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("serve metrics: %w; give an address such as 127.0.0.1:9465", err)
	}
	if ip := net.ParseIP(name); name != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("serve metrics: %s is not a loopback address; give one such as 127.0.0.1:9465", address)
	}
	return nil
}

// URL is where Prometheus reads; empty if it cannot.
func (p *Publisher) URL() string {
	if p.listener == nil {
		return ""
	}
	return "http://" + p.listener.Addr().String() + "/metrics"
}

// Stop sends what has not been sent and ends.
func (p *Publisher) Stop(ctx context.Context) error {
	if err := errors.Join(p.close(), p.provider.Shutdown(ctx)); err != nil {
		return fmt.Errorf("publish the last metrics: %w", err)
	}
	return nil
}

func (p *Publisher) close() error {
	if p.listener == nil {
		return nil
	}
	err := errors.Join(p.server.Close(), ignoreClosed(p.listener.Close()))
	p.served.Wait()
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
