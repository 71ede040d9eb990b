package metrics

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
)

// atOnce is how many queries are evaluated at the same time; further ones wait.
const atOnce = 4

// localAPI is the part of Prometheus' HTTP API that the store's client uses,
// over a database in this process. It is a client, too, of itself: no bytes
// leave the process.
type localAPI struct {
	engine *promql.Engine
	// db returns the database until done is called, or an error while there is
	// none.
	db     func() (db storage.Queryable, done func(), err error)
	log    *slog.Logger
	places chan struct{}
	mux    *http.ServeMux
}

func newLocalAPI(engine *promql.Engine, db func() (storage.Queryable, func(), error), log *slog.Logger) *localAPI {
	a := &localAPI{engine: engine, db: db, log: log, places: make(chan struct{}, atOnce), mux: http.NewServeMux()}
	for path, answer := range map[string]func(*http.Request) (any, []string, error){
		"query": a.query, "query_range": a.queryRange,
		"series": a.series, "labels": a.labelNames, "label/{name}/values": a.labelValues,
	} {
		a.mux.HandleFunc("/api/v1/"+path, a.answered(answer))
	}
	return a
}

func (a *localAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// URL returns where an endpoint is.
func (*localAPI) URL(endpoint string, args map[string]string) *url.URL {
	for name, v := range args {
		endpoint = strings.ReplaceAll(endpoint, ":"+name, v)
	}
	return &url.URL{Scheme: "http", Host: "localhost", Path: endpoint}
}

// Do answers a request.
func (a *localAPI) Do(ctx context.Context, r *http.Request) (*http.Response, []byte, error) {
	w := recorder{header: http.Header{}, code: http.StatusOK}
	a.mux.ServeHTTP(&w, r.WithContext(ctx))
	return &http.Response{StatusCode: w.code, Header: w.header, Body: http.NoBody, Request: r}, w.body.Bytes(), ctx.Err()
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(code int)        { r.code = code }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
