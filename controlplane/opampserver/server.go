package opampserver

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// Plane is what the server needs of the control plane.
type Plane interface {
	// Connected is what is known of the caller, an agent.
	Connected(ctx context.Context, by controlplane.Caller) (controlplane.Agent, error)
	// Wanted is what the caller is to run.
	Wanted(ctx context.Context, by controlplane.Caller, agent string) (controlplane.Desired, controlplane.Configuration, error)
	ReportAgents(ctx context.Context, reports []controlplane.AgentReport) error
	// Disconnected notes that nobody is connected.
	Disconnected(ctx context.Context) error
}

// Settings are what a server needs.
type Settings struct {
	// Log is nil for no log.
	Log *slog.Logger
	// Registerer takes the server's metrics; nil: nobody does.
	Registerer prometheus.Registerer

	timing timing // tests have less time
}

// timing is how long things take.
type timing struct {
	// ping is how often an idle WebSocket is asked for a sign of life; silence is
	// after which time without any it is closed.
	ping, silence time.Duration
	// write is how long a peer may take to read a message.
	write time.Duration
	// polled is how long an agent that polls may be silent until it counts as
	// away.
	polled time.Duration
	// answer is how long an agent may take to answer a question.
	answer time.Duration
	// gather is how long reports wait for others to be written with.
	gather time.Duration
}

var defaultTiming = timing{
	ping: 30 * time.Second, silence: 75 * time.Second, write: 10 * time.Second,
	polled: 100 * time.Second, answer: 45 * time.Second, gather: 20 * time.Millisecond,
}

// Server holds the connections. It is safe for concurrent use. Before Serve
// nobody is connected.
type Server struct {
	set     Settings
	log     *slog.Logger
	counts  *counts
	reports *reports

	mu      sync.Mutex
	plane   Plane
	ctx     context.Context
	peers   map[string]*peer // by the agent's name
	working sync.WaitGroup
}

var _ controlplane.Outgoing = (*Server)(nil)

// New returns a server that nobody can connect to yet. It panics if the
// registerer has its metrics already.
func New(set Settings) *Server {
	if set.Log == nil {
		set.Log = slog.New(slog.DiscardHandler)
	}
	if set.timing == (timing{}) {
		set.timing = defaultTiming
	}
	s := &Server{set: set, log: set.Log, peers: map[string]*peer{}, reports: newReports()}
	s.counts = newCounts(s)
	if set.Registerer != nil {
		s.counts.register(set.Registerer)
	}
	return s
}

// Serve lets agents connect until stop is called, which takes leave of them and
// waits until everything that they said is written down. The error says that it
// cannot be noted who is connected.
func (s *Server) Serve(ctx context.Context, plane Plane) (stop func(), err error) {
	ctx = context.WithoutCancel(ctx)
	if err := plane.Disconnected(ctx); err != nil {
		return nil, fmt.Errorf("note that no agent is connected yet: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	s.plane, s.ctx = plane, ctx
	s.mu.Unlock()
	s.working.Go(func() { s.sweep(ctx) })
	written := make(chan struct{})
	leaving := make(chan struct{})
	go func() { defer close(written); s.reports.write(plane, s, leaving) }()
	return sync.OnceFunc(func() {
		s.mu.Lock()
		s.plane = nil
		s.mu.Unlock()
		cancel()
		s.each(func(p *peer) { p.end("the control plane stops") })
		s.working.Wait()
		close(leaving)
		<-written
	}), nil
}

// Handler takes connections of agents, whom callerOf knows by the request.
func (s *Server) Handler(callerOf func(context.Context) controlplane.Caller) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by := callerOf(r.Context())
		switch {
		case r.Header.Get("Origin") != "" || r.Header.Get("Cookie") != "":
			s.counts.refuse("browser")
			http.Error(w, "agents have no Origin and no Cookie: pages of browsers do not connect here", http.StatusForbidden)
		case r.Method == http.MethodPost:
			s.poll(w, r, by)
		default:
			s.upgrade(w, r, by)
		}
	})
}

// admit makes an agent, the caller, a peer. The error can be told the agent.
func (s *Server) admit(ctx context.Context, by controlplane.Caller, l link) (*peer, error) {
	s.mu.Lock()
	plane := s.plane
	s.mu.Unlock()
	if plane == nil {
		return nil, &controlplane.Error{Code: controlplane.CodeUnavailable, Message: "the control plane is not ready", Hint: "try again"}
	}
	known, err := plane.Connected(ctx, by)
	if err != nil {
		return nil, err
	}
	p := newPeer(s, plane, by, known, l)
	if before := s.enter(p); before != nil {
		p.takesOver(before)
	}
	return p, nil
}

// enter makes a peer the one of its agent, and returns the one before. The newer
// one wins: it has the same token, and the older one may be a connection that
// nobody has on the other side any more.
func (s *Server) enter(p *peer) (before *peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before = s.peers[p.name]
	s.peers[p.name] = p
	return before
}

// leave ends what a peer was, unless another took its place.
func (s *Server) leave(p *peer) {
	s.mu.Lock()
	current := s.peers[p.name] == p
	if current {
		delete(s.peers, p.name)
	}
	s.mu.Unlock()
	if current {
		p.said(func(r *controlplane.Report) { r.Connected = false })
	}
}

func (s *Server) peer(name string) *peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peers[name]
}

// each calls f for every peer.
func (s *Server) each(f func(*peer)) {
	s.mu.Lock()
	all := make([]*peer, 0, len(s.peers))
	for _, p := range s.peers {
		all = append(all, p)
	}
	s.mu.Unlock()
	for _, p := range all {
		f(p)
	}
}

// sweep ends agents that polled and came no more.
func (s *Server) sweep(ctx context.Context) {
	every := time.NewTicker(s.set.timing.polled / 4)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			s.each(func(p *peer) {
				if p.polls() && p.silent() > s.set.timing.polled {
					p.end("it came no more")
				}
			})
		}
	}
}

// Wake has what is wanted of agents read again.
func (s *Server) Wake(agents []string) {
	for _, name := range agents {
		if p := s.peer(name); p != nil {
			p.reconcile()
		}
	}
}

// Cut ends the connections on a token's word.
func (s *Server) Cut(tokenID string) {
	s.each(func(p *peer) {
		if p.by.TokenID == tokenID {
			p.end("its token was revoked")
		}
	})
}
