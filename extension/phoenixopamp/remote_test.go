package phoenixopamp

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/phoenix-platform/phoenix/internal/hostagent"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// life is one of remote configurations that a test leads.

type life struct {
	mu        sync.Mutex
	service   hostagent.Service
	ready     int
	health    []hostagent.Health
	offers    []hostagent.Offer
	last      remoteconfig.Answer
	status    hostagent.Status
	effective []byte
	demands   []string
	refuse    error // of demands
}

func (l *life) Attach(s hostagent.Service) (detach func()) {
	l.set(func() { l.service = s })
	return func() { l.set(func() { l.service = nil }) }
}

func (l *life) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

func (l *life) Ready() { l.set(func() { l.ready++ }) }

func (l *life) Health(h hostagent.Health) { l.set(func() { l.health = append(l.health, h) }) }

func (l *life) Offer(o hostagent.Offer) { l.set(func() { l.offers = append(l.offers, o) }) }

func (l *life) Last() (remoteconfig.Answer, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last, l.last.Status != ""
}

func (l *life) Release(h remoteconfig.Hash) error {
	l.set(func() { l.demands = append(l.demands, "release "+string(h)) })
	return l.refuse
}

func (l *life) Reveal(d time.Duration) error {
	l.set(func() { l.demands = append(l.demands, "reveal "+d.String()) })
	return l.refuse
}

func (l *life) Status() hostagent.Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status
}

func (l *life) Effective() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.effective
}

// answer does what a life does with an answer.

func (l *life) answer(answers ...remoteconfig.Answer) {
	for _, a := range answers {
		l.set(func() { l.last = a })
		l.service.Answered(a)
	}
}

// startWith starts an extension with a life.

func startWith(t *testing.T, cfg *Config, l *life) *instance {
	t.Helper()
	e := build(cfg)
	e.remote = l
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, e.Shutdown(context.Background())) })
	e.run()
	return e
}

// offerOne is a server's message with a configuration.

func TestAnAgentThatTakesConfigurationsIsAnotherThanOneThatDoesNot(t *testing.T) {
	s := newServer(t, nil)
	cfg := configure(t, transports(s)["WebSocket"])
	first := start(t, cfg)
	s.await("a report", func() bool { return s.told.Health.GetHealthy() })
	require.NoError(t, first.Shutdown(t.Context()))
	startWith(t, cfg, &life{})
	s.await("its capabilities", func() bool { return s.told.Capabilities == uint64(capabilities|remoteCapabilities) })
	s.set(func() { require.Equal(t, 2, s.connections) })
}

func TestWhatRunsIsToldAlsoAfterALiveChange(t *testing.T) {
	s := newServer(t, nil)
	l := &life{effective: []byte("k: 20\n")}
	e := startWith(t, configure(t, transports(s)["WebSocket"]), l)
	told := func() string { return string(s.told.EffectiveConfig.GetConfigMap().GetConfigMap()[""].GetBody()) }
	s.await("what runs", func() bool { return told() == "k: 20\n" })
	l.set(func() { l.effective = []byte("k: 30\n") })
	l.service.Reported()
	s.await("what runs now", func() bool { return told() == "k: 30\n" })
	_, config := get(t, socketClient(t, e.cfg.socket()), "http://page/config")
	require.Equal(t, "k: 30\n", config)
}

// told is the latest message of a type.

func TestReadyIsPassedOn(t *testing.T) {
	l := &life{}
	e := startWith(t, configure(t, ""), l)
	require.NoError(t, e.Ready())
	require.NoError(t, e.NotReady())
	require.Equal(t, 1, l.ready)
	require.NoError(t, e.Shutdown(t.Context()))
	require.Nil(t, l.service, "it is attached no more")
	require.NoError(t, build(configure(t, "")).Ready(), "also without a life")
}

// Of too many answers the newest is told.
