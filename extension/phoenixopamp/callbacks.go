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
	c.attempt = attempt{token: bear(h, c.server.TokenFile)}
	return h
}

func (c *connection) onConnect(context.Context) {
	if c.agent.state.connected() {
		c.log().Info("connected to the OpAMP server", zap.String("endpoint", c.server.Endpoint), zap.Stringer("instance_uid", c.agent.identity.current()))
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
	c.trouble("cannot reach the OpAMP server; the collector goes on, and tries again", shown(err.Error()))
}

func (c *connection) onError(_ context.Context, e *protobufs.ServerErrorResponse) {
	c.agent.state.count(func(n *standing) { n.Errors++ })
	c.trouble("the OpAMP server has refused what was sent", shown(fmt.Sprintf("%s: %s", e.Type, e.ErrorMessage)))
}

// trouble logs what is wrong if it is not what it was before.
func (c *connection) trouble(what, why string) {
	level := zap.DebugLevel
	if c.agent.state.failed(why) {
		level = zap.WarnLevel
	}
	c.log().Log(level, what, zap.String("error", why))
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

func (c *connection) onMessage(_ context.Context, m *types.MessageData) {
	c.agent.state.count(func(n *standing) { n.Received++; n.LastMessage = time.Now() })
	if m.AgentIdentification != nil {
		c.renamed(m.AgentIdentification)
	}
	if m.OfferedConnectionsSettingsHash != nil {
		c.refused("connection_settings") // the client tells the server
	}
	if m.CustomMessage != nil {
		c.answer(m.CustomMessage)
	}
}

// renamed keeps the id that the server gave, and calls itself by it.
func (c *connection) renamed(to *protobufs.AgentIdentification) {
	uid := uuid.UUID(to.NewInstanceUid) // the client refuses other lengths
	changed, err := c.agent.identity.assign(uid)
	if !changed {
		return
	}
	if err != nil {
		c.log().Error("the id that the OpAMP server gave is not kept; after the next start the agent has the old one", zap.Error(err))
	}
	c.report("description", c.client.SetAgentDescription(c.agent.extension.Load().describe(c.agent.identity.current())))
}

// refuseRedirect keeps the token from going where nobody sent it.
func (c *connection) refuseRedirect(to *http.Request, _ []*http.Request, _ []*http.Response) error {
	err := fmt.Errorf("the server redirects to %s://%s; redirects are refused, give the new address as endpoint", to.URL.Scheme, to.URL.Host)
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
