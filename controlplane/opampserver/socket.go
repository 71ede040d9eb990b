package opampserver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/open-telemetry/opamp-go/protobufs"
	"golang.org/x/time/rate"
	"google.golang.org/protobuf/proto"

	"github.com/phoenix-platform/phoenix/controlplane"
)

const (
	// largestMessage is how many bytes a message has at most.
	largestMessage = 4 << 20
	// nesting is how many messages of protobuf lie in each other at most.
	nesting = 64
	// messageRate and messageBurst bound how fast an agent is listened to. What
	// comes faster waits on its own side.
	messageRate, messageBurst = 20, 100
)

var upgrader = websocket.Upgrader{
	HandshakeTimeout: 10 * time.Second,
	WriteBufferPool:  &sync.Pool{},
	CheckOrigin:      func(*http.Request) bool { return true }, // who has one was refused
}

// socket is the WebSocket of an agent.
type socket struct {
	conn  *websocket.Conn
	waken chan struct{}
	gone  chan struct{}
	once  sync.Once
	write time.Duration
}

func newSocket(conn *websocket.Conn, write time.Duration) *socket {
	return &socket{conn: conn, waken: make(chan struct{}, 1), gone: make(chan struct{}), write: write}
}

func (s *socket) wake() {
	select {
	case s.waken <- struct{}{}:
	default: // it is awake
	}
}

// end closes the connection. The agent hears why if it reads.
func (s *socket) end(why string) {
	s.once.Do(func() {
		close(s.gone)
		farewell := websocket.FormatCloseMessage(websocket.CloseNormalClosure, shortened(why))
		_ = s.conn.WriteControl(websocket.CloseMessage, farewell, time.Now().Add(time.Second)) // it may not read
		_ = s.conn.Close()
	})
}

// shortened fits a text into a control frame.
func shortened(text string) string { return text[:min(len(text), 120)] }

// upgrade takes an agent's WebSocket, which goes on when the request has ended.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request, by controlplane.Caller) {
	if !websocket.IsWebSocketUpgrade(r) {
		s.counts.refuse("no websocket")
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "this is for OpAMP agents: upgrade to a WebSocket, or POST application/x-protobuf", http.StatusUpgradeRequired)
		return
	}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		s.counts.refuse("handshake")
		s.log.Debug("an agent's WebSocket cannot be taken", "agent", by.Subject, "from", by.Address, "error", err)
		return
	}
	conn.SetReadLimit(largestMessage)
	link := newSocket(conn, s.set.timing.write)
	p, err := s.admit(r.Context(), by, link)
	if err != nil {
		link.end(err.Error())
		return
	}
	ctx, ok := s.begin(2)
	if !ok {
		p.end("the control plane stops")
		return
	}
	go func() { defer s.working.Done(); p.end(s.listen(ctx, p, link)) }()
	go func() { defer s.working.Done(); p.end(s.speak(ctx, p, link)) }()
}

// begin counts goroutines that the server waits for; not when it stops.
func (s *Server) begin(n int) (context.Context, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plane == nil {
		return nil, false
	}
	s.working.Add(n)
	return s.ctx, true
}

// listen hears an agent until its connection ends, and says why it did.
func (s *Server) listen(ctx context.Context, p *peer, l *socket) string {
	alive := func() { _ = l.conn.SetReadDeadline(time.Now().Add(s.set.timing.silence)) }
	l.conn.SetPongHandler(func(string) error { alive(); return nil })
	pace := rate.NewLimiter(messageRate, messageBurst)
	for {
		alive()
		kind, data, err := l.conn.ReadMessage()
		if err != nil {
			return lost(err)
		}
		if pace.Wait(ctx) != nil {
			return "the control plane stops"
		}
		m, err := decode(kind, data)
		if err == nil {
			s.counts.messages.WithLabelValues("in").Inc()
			err = p.hear(m)
		}
		if err != nil {
			s.counts.refuse("message")
			_ = l.send(complaint(p, err)) // it ends anyway
			return "it made a mistake: " + err.Error()
		}
		l.wake()
	}
}

// lost says why nothing can be read any more.
func lost(err error) string {
	var closed *websocket.CloseError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, websocket.ErrReadLimit):
		return fmt.Sprintf("a message was too large: it has more than %d bytes", largestMessage)
	case errors.As(err, &timeout) && timeout.Timeout():
		return "it was silent"
	case errors.As(err, &closed):
		return "the agent closed it"
	default:
		return "it broke: " + err.Error()
	}
}

// speak tells an agent what waits for it until the connection ends, and says why
// it did.
func (s *Server) speak(ctx context.Context, p *peer, l *socket) string {
	ping := time.NewTicker(s.set.timing.ping)
	defer ping.Stop()
	for {
		select {
		case <-l.gone:
			return "it ended"
		case <-ping.C:
			p.lasts()
			if err := l.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(s.set.timing.write)); err != nil {
				return "it does not read: " + err.Error()
			}
		case <-l.waken:
			if why := s.tell(ctx, p, l); why != "" {
				return why
			}
		}
	}
}

// tell sends all that waits. It says why that cannot be.
func (s *Server) tell(ctx context.Context, p *peer, l *socket) string {
	for {
		m, err := p.next(ctx)
		if err != nil {
			return "what is wanted cannot be read: " + err.Error()
		}
		if m == nil {
			return ""
		}
		if err := l.send(m); err != nil {
			return "it does not read: " + err.Error()
		}
		s.counts.messages.WithLabelValues("out").Inc()
	}
}

// send sends a message within the time that a peer has to read it.
func (s *socket) send(m *protobufs.ServerToAgent) error {
	data, err := proto.Marshal(m)
	if err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(s.write)); err != nil {
		return err
	}
	return s.conn.WriteMessage(websocket.BinaryMessage, append([]byte{0}, data...)) // the header, which is 0
}

// decode reads a message of a WebSocket: a header, which is 0, then protobuf.
// Agents of before OpAMP had the header begin with protobuf.
func decode(kind int, data []byte) (*protobufs.AgentToServer, error) {
	if kind != websocket.BinaryMessage {
		return nil, wrong("a message is text; send protobuf in binary messages")
	}
	if len(data) > 0 && data[0] == 0 {
		header, n := binary.Uvarint(data)
		if header != 0 || n <= 0 {
			return nil, wrong("a message has header %d; 0 is the only one", header)
		}
		data = data[n:]
	}
	return parse(data)
}

// parse reads a message of protobuf.
func parse(data []byte) (*protobufs.AgentToServer, error) {
	m := &protobufs.AgentToServer{}
	if err := (proto.UnmarshalOptions{RecursionLimit: nesting}).Unmarshal(data, m); err != nil {
		return nil, wrong("a message is no AgentToServer: %v", err)
	}
	return m, nil
}

// complaint tells an agent what it did wrong.
func complaint(p *peer, err error) *protobufs.ServerToAgent {
	return &protobufs.ServerToAgent{InstanceUid: p.uid(), ErrorResponse: &protobufs.ServerErrorResponse{
		Type: protobufs.ServerErrorResponseType_ServerErrorResponseType_BadRequest, ErrorMessage: err.Error(),
	}}
}
