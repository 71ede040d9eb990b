package metrics

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/common/config"
	"github.com/prometheus/prometheus/prompb"
	"github.com/stretchr/testify/require"
)

// receiver takes write requests, and has the agents whose samples it took.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	answer func(agents []string) int // its HTTP status; nil: 204
	asked  int
	agents []string
	header http.Header
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	packed, _ := io.ReadAll(req.Body) // what is missing does not unmarshal
	raw, err := snappy.Decode(nil, packed)
	var write prompb.WriteRequest
	if err != nil || write.Unmarshal(raw) != nil {
		http.Error(w, "no write request", http.StatusTeapot)
		return
	}
	agents := agentsOf(write)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	r.header = req.Header
	code := http.StatusNoContent
	if r.answer != nil {
		code = r.answer(agents)
	}
	if code == http.StatusNoContent {
		r.agents = append(r.agents, agents...)
	}
	w.WriteHeader(code)
}

func agentsOf(write prompb.WriteRequest) (agents []string) {
	for _, series := range write.Timeseries {
		for _, l := range series.Labels {
			if l.Name == LabelAgent && !slices.Contains(agents, l.Value) {
				agents = append(agents, l.Value)
			}
		}
	}
	return agents
}

// answers makes the receiver answer so from now on.
func (r *receiver) answers(status func(agents []string) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = status
}

// took reports whether the receiver has just these agents.
func (r *receiver) took(agents ...string) func() bool {
	return func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return slices.Equal(r.agents, agents)
	}
}

func (r *receiver) wasAsked() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked > 0
}

func as(agent string) Source { return Source{Agent: agent} }

func TestWhatWaitsOutlivesARestart(t *testing.T) {
	r, dir := newReceiver(t), t.TempDir()
	r.answers(func([]string) int { return http.StatusServiceUnavailable })
	s, err := Open(Settings{Dir: dir, PrometheusURL: r.URL})
	require.NoError(t, err)
	send(t, s, as("a"), aScrape(time.Now()))
	await(t, "the first attempt", r.wasAsked)
	require.NoError(t, s.Close())
	r.answers(nil)
	s = open(t, Settings{Dir: dir, PrometheusURL: r.URL})
	send(t, s, as("b"), aScrape(time.Now()))
	await(t, "both", r.took("a", "b"))
	require.Empty(t, s.Problems())
}

func TestClosingSendsWhatWaits(t *testing.T) {
	r := newReceiver(t)
	s, err := Open(Settings{Dir: t.TempDir(), PrometheusURL: r.URL})
	require.NoError(t, err)
	send(t, s, as("a"), aScrape(time.Now()))
	require.NoError(t, s.Close())
	require.True(t, r.took("a")())
}

func TestWhatIsTakenIsNotSentAgain(t *testing.T) {
	r, dir := newReceiver(t), t.TempDir()
	for _, agent := range []string{"a", "b", "c"} {
		s, err := Open(Settings{Dir: dir, PrometheusURL: r.URL})
		require.NoError(t, err)
		send(t, s, as(agent), aScrape(time.Now()))
		require.NoError(t, s.Close())
	}
	require.True(t, r.took("a", "b", "c")(), r.agents)
}

func TestWhatIsRefusedDoesNotCostTheOthers(t *testing.T) {
	r := newReceiver(t)
	r.answers(func([]string) int { return http.StatusServiceUnavailable })
	s := open(t, Settings{Dir: t.TempDir(), PrometheusURL: r.URL})
	for _, agent := range []string{"a", "bad", "c"} {
		send(t, s, as(agent), aScrape(time.Now()))
	}
	await(t, "the first attempt", r.wasAsked)
	r.answers(func(agents []string) int {
		if slices.Contains(agents, "bad") {
			return http.StatusBadRequest
		}
		return http.StatusNoContent
	})
	await(t, "the others", r.took("a", "c"))
}

// TestAnAnswerThatCanChangeIsWaitedFor has a token that the Prometheus does not
// know at first.
func TestAnAnswerThatCanChangeIsWaitedFor(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusNotFound, http.StatusTooManyRequests, http.StatusFound, http.StatusOK + 6} {
		r := newReceiver(t)
		r.answers(func([]string) int { return status })
		s := open(t, Settings{Dir: t.TempDir(), PrometheusURL: r.URL, PrometheusHTTP: config.HTTPClientConfig{
			Authorization: &config.Authorization{Type: "Bearer", Credentials: "secret"},
		}})
		send(t, s, as("a"), aScrape(time.Now()))
		await(t, "the first attempt", r.wasAsked)
		r.answers(nil)
		await(t, "the second", r.took("a"))
		require.Equal(t, "Bearer secret", r.header.Get("Authorization"))
	}
}

func TestDamageOfWhatWaitsIsSetAside(t *testing.T) {
	r, dir := newReceiver(t), t.TempDir()
	r.answers(func([]string) int { return http.StatusServiceUnavailable })
	for _, agent := range []string{"a", "b"} {
		s, err := Open(Settings{Dir: dir, PrometheusURL: r.URL})
		require.NoError(t, err)
		send(t, s, as(agent), aScrape(time.Now()))
		require.NoError(t, s.Close())
	}
	damageFile(t, files(t, dir, "forward/wal/*")[0], damages["flipped in the middle of what is there"])
	r.answers(nil)
	s := open(t, Settings{Dir: dir, PrometheusURL: r.URL})
	await(t, "what is not damaged", r.took("b"))
	require.Len(t, s.Problems(), 1)
	require.FileExists(t, s.Problems()[0].Path)
	require.Contains(t, s.Problems()[0].What, "metrics that waited for the Prometheus are damaged")
}
