package opampserver

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/open-telemetry/opamp-go/protobufs"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// link is how a peer is reached.
type link interface {
	// wake has what waits for the peer sent.
	wake()
	// end closes the connection, and says why.
	end(why string)
}

// peer is an agent while it is connected.
type peer struct {
	server *Server
	plane  Plane
	by     controlplane.Caller
	name   string
	link   link // nil: it polls
	began  time.Time

	mu     sync.Mutex
	heard  time.Time
	report controlplane.Report
	ended  bool
	// takeovers is how many connections in a row replaced a live one.
	takeovers int

	// What the agent said of itself: nothing yet, until described.
	described    bool
	sequence     uint64
	capabilities uint64
	custom       map[string]bool
	components   []byte // their hash
	told         []byte // the token of the last offer that it answered

	// What it is to be told.
	greeted bool
	flags   protobufs.ServerToAgentFlags
	due     bool   // what is wanted has to be looked at
	offered []byte // the token of the last offer on this connection
	waiting []*protobufs.CustomMessage
	asked   map[string]chan<- []byte
}

// mostWaiting is how many messages of people wait for an agent.
const mostWaiting = 16

func newPeer(s *Server, plane Plane, by controlplane.Caller, known controlplane.Agent, l link) *peer {
	p := &peer{
		server: s, plane: plane, by: by, name: by.Subject, link: l, began: time.Now(), heard: time.Now(),
		report: known.Status.Report, custom: map[string]bool{}, asked: map[string]chan<- []byte{},
	}
	p.report.Connected = true
	return p
}

func (p *peer) polls() bool { return p.link == nil }

// silent is how long nothing was heard of the agent.
func (p *peer) silent() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.heard)
}

// end ends what the peer is, once.
func (p *peer) end(why string) {
	p.mu.Lock()
	before := p.ended
	p.ended = true
	p.mu.Unlock()
	if before {
		return
	}
	p.server.log.Info("an agent's connection ends", "agent", p.name, "from", p.by.Address, "why", why)
	p.server.counts.closed(why)
	if p.link != nil {
		p.link.end(why)
	}
	p.server.leave(p)
}

// cloned is how many connections in a row that replaced a live one make it
// likely that two collectors have one name.
const cloned = 3

// brief is how long a connection lives at least that is not pushed out by
// another.
const brief = time.Minute

// takesOver ends the connection before.
func (p *peer) takesOver(before *peer) {
	before.mu.Lock()
	alive, age, takeovers := !before.ended && time.Since(before.heard) < brief, time.Since(before.began), before.takeovers
	before.mu.Unlock()
	before.end("another connection took its place")
	if !alive || age > brief || p.polls() && before.polls() {
		return
	}
	p.mu.Lock()
	p.takeovers = takeovers + 1
	many := p.takeovers >= cloned
	p.mu.Unlock()
	if many {
		p.server.log.Warn("several collectors speak as one agent: they share its id and token; remove the state directory of all but one, and enrol those anew", "agent", p.name, "from", p.by.Address, "before", before.by.Address)
		p.said(func(r *controlplane.Report) { r.Cloned = true })
	}
}

// lasts notes that the connection was not pushed out.
func (p *peer) lasts() {
	p.mu.Lock()
	fine := time.Since(p.began) > brief && p.report.Cloned
	if fine {
		p.takeovers = 0
	}
	p.mu.Unlock()
	if fine {
		p.said(func(r *controlplane.Report) { r.Cloned = false })
	}
}

// said changes the agent's report and has it written down.
func (p *peer) said(change func(*controlplane.Report)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.report)
	p.server.reports.put(controlplane.AgentReport{By: p.by, Report: p.report})
}

// reconcile has what is wanted looked at.
func (p *peer) reconcile() {
	p.mu.Lock()
	p.due = true
	p.mu.Unlock()
	p.wake()
}

func (p *peer) wake() {
	if p.link != nil {
		p.link.wake()
	}
}

// next is what the agent is told next; nil: nothing. The error ends the
// connection.
func (p *peer) next(ctx context.Context) (*protobufs.ServerToAgent, error) {
	p.mu.Lock()
	m := &protobufs.ServerToAgent{InstanceUid: p.uid(), Flags: uint64(p.flags)}
	news := p.flags != 0
	p.flags = 0
	if !p.greeted && p.described {
		p.greeted, news = true, true
		m.Capabilities = uint64(serverCapabilities)
		m.CustomCapabilities = &protobufs.CustomCapabilities{Capabilities: customCapabilities}
	}
	if len(p.waiting) > 0 {
		m.CustomMessage, p.waiting, news = p.waiting[0], p.waiting[1:], true
	}
	due := p.due && p.described
	if due {
		p.due = false
	}
	p.mu.Unlock()
	if due {
		offer, err := p.offer(ctx)
		if err != nil {
			return nil, err
		}
		m.RemoteConfig = offer
		news = news || offer != nil
	}
	if !news {
		return nil, nil
	}
	return m, nil
}

// uid is the agent's id as OpAMP writes it.
func (p *peer) uid() []byte {
	id, err := uuid.Parse(p.name)
	if err != nil {
		return nil
	}
	return id[:]
}

// mistake is what an agent does wrong; it is told, and the connection ends.
type mistake struct{ text string }

func (m *mistake) Error() string { return m.text }

func wrong(format string, args ...any) error { return &mistake{fmt.Sprintf(format, args...)} }

// is refuses a message of somebody else than the token's agent.
func (p *peer) is(uid []byte) error {
	if mine := p.uid(); mine == nil || !bytes.Equal(mine, uid) {
		return wrong("this token speaks for agent %s only: give the collector the instance UID that it was enrolled with, or enrol it anew", p.name)
	}
	return nil
}
