package metrics

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/storage/remote/otlptranslator/prometheusremotewrite"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"golang.org/x/time/rate"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// maxAtOnce is how many requests of one agent are under way at the same time.
const maxAtOnce = 2

// ingest is the OTLP endpoint of a store.
type ingest struct {
	store  *Store
	source func(*http.Request) (Source, error)
	large  *large
	work   chan struct{} // a place to decode and append
	busy   busy
	failed rate.Sometimes // to log what was not stored
}

// Ingest takes export requests of OTLP over HTTP, in protobuf or JSON, plain or
// gzip. source names the sender of a request that was authenticated; its error is the
// answer. Requests of any number of agents may come at once, two of each.
//
// A request is taken as a whole, or refused with a Status as OTLP has it: 4xx
// if it is wrong or too large, 429 and 503 if it may come again. Points that
// are not kept are left out of one that is taken, and its answer says how many
// and why.
func (s *Store) Ingest(source func(*http.Request) (Source, error)) http.Handler {
	return &ingest{
		store: s, source: source,
		large: newLarge(),
		work:  make(chan struct{}, runtime.GOMAXPROCS(0)),
		busy:  busy{agents: map[string]int{}},

		failed: rate.Sometimes{Interval: time.Minute},
	}
}

func (h *ingest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e, err := encodingOf(r.Header.Get("Content-Type"))
	var t tally
	if err == nil {
		t, err = h.take(w, r, e)
	}
	h.store.counts.request(t, err)
	if err == nil {
		answer(w, e, t)
		return
	}
	if asRefusal(err).status == http.StatusServiceUnavailable {
		h.failed.Do(func() { h.store.log.Warn("metrics of agents cannot be stored", "error", err) })
	}
	refuse(w, e, err)
}

func (h *ingest) take(w http.ResponseWriter, r *http.Request, e encoding) (tally, error) {
	from, err := h.source(r)
	if err != nil {
		return tally{}, unnamed(err)
	}
	if !h.busy.enter(from.Agent) {
		return tally{}, tooMany("%d requests of this agent are under way; send one after the other", maxAtOnce)
	}
	defer h.busy.leave(from.Agent)
	q := h.large.request()
	defer q.done()
	body, err := q.read(w, r)
	if err != nil {
		return tally{}, err
	}
	messages, err := check(e, body)
	if err == nil && messages > maxSmallMessages {
		err = q.enlarge(r.Context())
	}
	if err != nil {
		return tally{}, err
	}
	return h.atWork(r.Context(), func() (tally, error) { return h.store.add(r.Context(), e, body, from) })
}

// unnamed is the answer to a sender that is not known.
func unnamed(err error) *refusal {
	refused := malformed("%v", err)
	refused.status = http.StatusUnauthorized
	if controlplane.CodeOf(err) == controlplane.CodeForbidden {
		refused.status = http.StatusForbidden
	}
	return refused
}

// atWork does something at one of a few places.
func (h *ingest) atWork(ctx context.Context, do func() (tally, error)) (tally, error) {
	select {
	case h.work <- struct{}{}:
		defer func() { <-h.work }()
		return do()
	case <-ctx.Done():
		return tally{}, away("the sender has gone")
	}
}

// add decodes a request that was checked and stores what is kept of it.
func (s *Store) add(ctx context.Context, e encoding, body []byte, from Source) (tally, error) {
	md, err := decode(e, body)
	if err != nil {
		return tally{}, err
	}
	unkept := trim(md)
	stamp(md, from)
	t, err := s.append(ctx, md, from.Agent)
	t.unkept = unkept
	return t, err
}

// translation is how OTLP becomes series: names and labels with underscores,
// without suffixes for units, and all that stamp left of the resource.
var translation = prometheusremotewrite.Settings{
	DisableTargetInfo:         true,
	PromoteResourceAttributes: prometheusremotewrite.NewPromoteResourceAttributes(config.OTLPConfig{PromoteAllResourceAttributes: true}),
}

func (s *Store) append(ctx context.Context, md pmetric.Metrics, agent string) (tally, error) {
	now := s.now()
	app := &admission{quota: s.quotas.of(agent, now), now: now}
	err := s.write(ctx, func(to storage.AppenderV2) error {
		app.AppenderV2 = to
		_, err := prometheusremotewrite.NewPrometheusConverter(app).FromMetrics(ctx, md, translation)
		return err
	})
	if err != nil {
		return tally{}, err
	}
	return app.tally, nil
}

// busy counts the requests of each agent that are under way.
type busy struct {
	mu     sync.Mutex
	agents map[string]int
}

func (b *busy) enter(agent string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.agents[agent] >= maxAtOnce {
		return false
	}
	b.agents[agent]++
	return true
}

func (b *busy) leave(agent string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.agents[agent]--; b.agents[agent] == 0 {
		delete(b.agents, agent)
	}
}
