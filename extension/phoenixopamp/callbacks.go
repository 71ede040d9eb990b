package phoenixopamp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"github.com/open-telemetry/opamp-go/client/types"
	"github.com/open-telemetry/opamp-go/protobufs"
	"go.uber.org/zap"
)

// attempt is the present one to connect by WebSocket. All of it happens in the
// client's goroutine, which tells an attempt's failure once or twice.
type attempt struct {
	token   error  // why the token could not be sent
	answer  string // the server's status, if it was not what it should be
	counted bool   // its failure was
}

// header begins an attempt to connect by WebSocket.
func (c *connection) header(h http.Header) http.Header {
	c.try()
	c.attempt = attempt{token: bear(h, c.server.TokenFile)}
	return h
}

func (c *connection) onConnect(context.Context) {
	if c.agent.state.connected() {
		c.log().Info("connected to the OpAMP server", zap.String("endpoint", c.server.Endpoint), zap.Stringer("instance_uid", c.agent.identity.current()))
		c.sendAttempts()
	}
}

// onConnectFailed says once what is wrong: the collector goes on without.
func (c *connection) onConnectFailed(_ context.Context, err error) {
	first := c.transport != nil || !c.attempt.counted
	c.attempt.counted = true
	if first {
		c.agent.state.count(func(n *standing) { n.Errors++ })
	}
	c.agent.state.disconnected()
	if first && errors.Is(err, websocket.ErrBadHandshake) {
		return // what the server answered follows
	}
	if c.attempt.answer != "" {
		err = fmt.Errorf("the server answered %s", c.attempt.answer)
	}
	c.unreachable(errors.Join(err, c.attempt.token))
}

func (c *connection) unreachable(err error) {
	c.agent.trouble("cannot reach the OpAMP server; the collector goes on, and tries again", shown(err.Error()))
}

func (c *connection) onError(_ context.Context, e *protobufs.ServerErrorResponse) {
	c.agent.state.count(func(n *standing) { n.Errors++ })
	c.agent.trouble("the OpAMP server has refused what was sent", shown(fmt.Sprintf("%s: %s", e.Type, e.ErrorMessage)))
}

// backoff begins to connect, or a request by plain HTTP. A WebSocket that was
// connected is no more; to what accepts it only to drop it, the client would
// come back at once and for ever.
func (c *connection) backoff() types.BackoffPolicy {
	if c.transport == nil {
		c.wait.before(c.agent.state.standing())
		c.agent.state.disconnected()
	}
	return c.wait.policy()
}

func (c *connection) onMessage(ctx context.Context, m *types.MessageData) {
	if c.limits.messages.Wait(ctx) != nil {
		return // the connection ends
	}
	c.agent.state.count(func(n *standing) { n.Received++; n.LastMessage = time.Now() })
	if m.AgentIdentification != nil {
		c.renamed(uuid.UUID(m.AgentIdentification.NewInstanceUid)) // the client refuses other lengths
	}
	if m.OfferedConnectionsSettingsHash != nil {
		c.refused("connection_settings") // the client tells the server
	}
	if m.RemoteConfig != nil {
		c.offered(m.RemoteConfig)
	}
	if m.CustomMessage != nil {
		c.answer(m.CustomMessage)
	}
}

// refuseRedirect keeps the token from going where nobody sent it.
func refuseRedirect(to *http.Request, _ []*http.Request) error {
	return fmt.Errorf("the server redirects to %s://%s; redirects are refused, give the new address as endpoint", to.URL.Scheme, to.URL.Host)
}

func (c *connection) onRedirect(to *http.Request, via []*http.Request, _ []*http.Response) error {
	err := refuseRedirect(to, via)
	if c.transport == nil {
		c.unreachable(err) // the client keeps it to itself
	}
	return err
}

// logger is the client's. Its errors come once a minute each, but for those
// that onConnectFailed has. What the server may have written is no part of the
// messages: some encodings write those as they are.
type logger struct{ c *connection }

func (l *logger) Debugf(_ context.Context, format string, args ...any) {
	if what, ok := strings.CutPrefix(format, "Ignoring "); ok {
		l.c.ignored(what)
	}
	l.c.log().Debug(said(format), zap.String("detail", shown(fmt.Sprintf(format, args...))))
}

// said is what a format says, whatever is put in.
func said(format string) string {
	what, _, _ := strings.Cut(format, "%")
	return strings.TrimRight("opamp: "+what, " :=(")
}

func (l *logger) Errorf(_ context.Context, format string, args ...any) {
	if strings.HasPrefix(format, "Server responded with status") && len(args) == 1 {
		l.c.attempt.answer = fmt.Sprint(args[0])
	}
	text := fmt.Sprintf(format, args...)
	if strings.Contains(text, "will retry") {
		l.c.log().Debug(said(format), zap.String("error", shown(text)))
		return
	}
	l.c.seldom().Warn(said(format), zap.String("error", shown(text)))
}
