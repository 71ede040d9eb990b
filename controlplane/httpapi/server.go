package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"path"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/internal/version"
)

// Settings are what a server needs beside the service. What is nil answers with
// 503 and says what is missing.
type Settings struct {
	// Hosts are the names by which the server may be called, beside those of
	// this machine.
	Hosts []string
	// Loopback says that only this machine reaches the listener.
	Loopback bool
	// Proxies may say where a request comes from (X-Forwarded-For).
	Proxies []netip.Prefix
	// CA is the certificate that agents trust, as PEM; empty: those of the
	// system.
	CA string

	// Metrics answers queries, Ingest takes the metrics of agents: it reads the
	// body by its own limits and finds the agent with [CallerOf].
	Metrics Metrics
	Ingest  http.Handler
	// OpAMP takes the connections of agents, which it finds with [CallerOf].
	OpAMP     http.Handler
	Validator Validator
	Simulator Simulator
	Explainer Explainer
	// Backup writes a backup and says where it is.
	Backup func(context.Context) (BackupFile, error)
	// Conditions are what else /readyz shows; none makes it unready.
	Conditions func() []controlplane.Condition

	// Tracer makes a span of each request; nil: none.
	Tracer trace.TracerProvider
	// Registry has what /metrics shows, to which the server adds its own; nil: a
	// new one.
	Registry *prometheus.Registry
	// Log is nil for no log.
	Log *slog.Logger
	// Now is the clock; nil: the machine's.
	Now func() time.Time
}

// Server is the API. It is safe for concurrent use.
type Server struct {
	service  *controlplane.Service
	set      Settings
	log      *slog.Logger
	hosts    hosts
	failures *failures
	routes   *routes
	api      huma.API
	counts   *counts
	tracer   trace.Tracer
	handler  http.Handler

	closing chan struct{}
	close   sync.Once
}

// New returns a server of a service. The error is that of metrics which the
// registry has already.
func New(service *controlplane.Service, set Settings) (*Server, error) {
	if set.Log == nil {
		set.Log = slog.New(slog.DiscardHandler)
	}
	if set.Now == nil {
		set.Now = time.Now
	}
	if set.Registry == nil {
		set.Registry = prometheus.NewRegistry()
	}
	if set.Tracer == nil {
		set.Tracer = noop.NewTracerProvider()
	}
	s := &Server{
		tracer:  set.Tracer.Tracer(scope),
		service: service, set: set, log: set.Log, hosts: newHosts(set.Hosts),
		failures: newFailures(set.Now), counts: newCounts(), closing: make(chan struct{}),
	}
	if err := s.counts.register(set.Registry, service); err != nil {
		return nil, err
	}
	s.routes = &routes{mux: http.NewServeMux(), guard: s.guard, access: map[string]Access{}}
	s.declare()
	s.handler = s.identified(s.observed(s.recovered(s.fenced(s.routes))))
	return s, nil
}

// declare adds all routes.
func (s *Server) declare() {
	// Huma knows no other way to say what its errors are.
	huma.NewError, huma.NewErrorWithContext = ofSchema, inRequest
	s.api = humago.New(s.routes, apiConfig())
	s.catalogRoutes()
	s.pipelineRoutes()
	s.deploymentRoutes()
	s.versionRoutes()
	s.agentRoutes()
	s.enrolmentRoutes()
	s.loadRoutes()
	s.workerRoutes()
	s.priceRoutes()
	s.metricsRoutes()
	s.tokenRoutes()
	s.auditRoutes()
	s.eventRoutes()
	s.healthRoutes()
	s.documentRoutes()
}

func apiConfig() huma.Config {
	c := huma.DefaultConfig("Phoenix control plane", version.Text())
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", "" // ours are behind their access
	c.CreateHooks = nil                                   // no $schema in answers
	c.Info.Description = "Which configuration is wanted on which agent, since when, by whose word and why."
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "a token of POST /api/v1/tokens"},
	}
	return c
}

// schemaName is a type's name in the document: that of Go, behind the package's
// where it is not the control plane's own.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch pkg := path.Base(t.PkgPath()); pkg {
	case ".", "controlplane", "httpapi", "time":
		return name
	default:
		return strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Routes lists all routes in the order of their declaration.
func (s *Server) Routes() []Route { return s.routes.all }

// OpenAPI returns the document of the API, version 3.1.
func (s *Server) OpenAPI() *huma.OpenAPI { return s.api.OpenAPI() }

// Close ends the answers that last, such as event streams. The others end by
// themselves.
func (s *Server) Close() { s.close.Do(func() { close(s.closing) }) }

// register declares an operation with its handler.
func register[I, O any](s *Server, op huma.Operation, a Access, h func(context.Context, *I) (*O, error)) {
	s.routes.allow(Route{Method: op.Method, Path: op.Path, Access: a})
	document(&op, a)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, s.answerTo(ctx, err)
		}
		return out, nil
	})
}

// answerTo is what Huma answers an error with. That nothing changed is no
// problem.
func (s *Server) answerTo(ctx context.Context, err error) error {
	if err == errNotModified {
		return huma.Status304NotModified()
	}
	return s.problem(ctx, err)
}

// document fills in what all operations have in common.
func document(op *huma.Operation, a Access) {
	op.MaxBodyBytes = -1 // the guard has read the body
	op.BodyReadTimeout = -1
	if a.Action != "" {
		op.Security = []map[string][]string{{"token": {}}}
		op.Description = strings.TrimSpace(op.Description + "\n\nNeeds the role " + string(a.Action.Needs()) + ".")
	}
}
