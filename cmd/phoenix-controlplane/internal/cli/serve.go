package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
	"github.com/phoenix-platform/phoenix/controlplane/metrics"
	"github.com/phoenix-platform/phoenix/controlplane/opampserver"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore"
)

const (
	// tendEvery is how often what time asks for is done.
	tendEvery = 5 * time.Second
	// shutdownTime is how long requests may take to end.
	shutdownTime = 10 * time.Second
)

// plane is the parts of a control plane that run.
type plane struct {
	dir     dataDir
	log     *slog.Logger
	store   *sqlstore.Store
	service *controlplane.Service
	metrics *metrics.Store
	api     *httpapi.Server
	agents  *opampserver.Server
	// untrace sends the traces that are left; nil: there was no tracer yet.
	untrace func(context.Context) error
}

// serve runs the control plane until ctx is done.
func serve(ctx context.Context, set settings, stdout, stderr io.Writer) (err error) {
	p := &plane{dir: dataDir(set.DataDir), log: newLog(set, stderr)}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.assemble(ctx, set); err != nil {
		return err
	}
	listener, err := p.listen(set)
	if err != nil {
		return err
	}
	token, err := p.dir.keepFirstToken(ctx, p.service)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	p.greet(listener, token, stdout)
	return p.run(ctx, listener)
}

func newLog(set settings, stderr io.Writer) *slog.Logger {
	level, err := set.level()
	if err != nil { // validate has looked
		panic(err)
	}
	options := &slog.HandlerOptions{Level: level}
	if set.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(stderr, options))
	}
	return slog.New(slog.NewTextHandler(stderr, options))
}

// assemble opens the stores and makes the API on them.
func (p *plane) assemble(ctx context.Context, set settings) (err error) {
	collector, err := findCollector(set.Collector)
	if err != nil {
		return err
	}
	validator := newValidator(collector)
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	p.agents = opampserver.New(opampserver.Settings{Log: p.log, Registerer: registry})
	if p.store, p.service, err = p.dir.open(ctx, validator.check, p.agents); err != nil {
		return err
	}
	p.metrics, err = metrics.Open(metrics.Settings{
		Dir: p.dir.metrics(), Retention: set.MetricsRetention, MaxBytes: set.MetricsMaxBytes,
		PrometheusURL: set.PrometheusURL, Log: p.log, Registerer: registry,
	})
	if err != nil {
		return err
	}
	proxies, err := set.proxies()
	if err != nil {
		return err
	}
	ca, err := p.dir.authority()
	if err != nil {
		return err
	}
	simulator, err := newSimulator(collector, set.Recording)
	if err != nil {
		return err
	}
	tracer, untrace, err := newTracer(ctx, set.TracesURL)
	if err != nil {
		return err
	}
	p.untrace = untrace
	measured := measurements{p.metrics, p.service}
	p.api, err = httpapi.New(p.service, httpapi.Settings{
		Hosts: set.hosts(), Loopback: set.loopback(), Proxies: proxies, CA: ca,
		Metrics: measured, Ingest: p.metrics.Ingest(measured.source), Backup: p.backup, Validator: validator, Simulator: simulator,
		OpAMP: p.agents.Handler(httpapi.CallerOf), Explainer: explainer{p.agents}, Conditions: measured.conditions, Registry: registry, Tracer: tracer, Log: p.log,
	})
	return err
}

// close ends what was opened.
func (p *plane) close() error {
	var errs []error
	if p.untrace != nil {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
		defer cancel()
		if err := p.untrace(ctx); err != nil {
			p.log.Warn("the last traces were not sent", "error", err)
		}
	}
	if p.metrics != nil {
		errs = append(errs, p.metrics.Close())
	}
	if p.store != nil {
		errs = append(errs, p.store.Close())
	}
	return errors.Join(errs...)
}
