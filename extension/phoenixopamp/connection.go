package phoenixopamp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/open-telemetry/opamp-go/client"
	"github.com/open-telemetry/opamp-go/client/types"
	"github.com/open-telemetry/opamp-go/protobufs"
	"go.uber.org/zap"
)

// largestMessage is how large a message may be either way, in bytes, and not
// compressed.
const largestMessage = 4 << 20

// capabilities are what the agent does.
const capabilities = protobufs.AgentCapabilities_AgentCapabilities_ReportsStatus |
	protobufs.AgentCapabilities_AgentCapabilities_ReportsEffectiveConfig |
	protobufs.AgentCapabilities_AgentCapabilities_ReportsHealth |
	protobufs.AgentCapabilities_AgentCapabilities_ReportsHeartbeat |
	protobufs.AgentCapabilities_AgentCapabilities_ReportsAvailableComponents |
	protobufs.AgentCapabilities_AgentCapabilities_ReportsConnectionSettingsStatus

// remoteCapabilities are those of an agent that takes configurations besides.
const remoteCapabilities = protobufs.AgentCapabilities_AgentCapabilities_AcceptsRemoteConfig |
	protobufs.AgentCapabilities_AgentCapabilities_ReportsRemoteConfig

// connection is an OpAMP client and what belongs to it.
type connection struct {
	client  client.OpAMPClient
	agent   *agent
	server  Server
	remote  remote // takes the server's configurations; nil if nobody does
	outbox  outbox
	answers answers
	demands chan *protobufs.CustomMessage
	given   chan uuid.UUID // the latest id of the server's
	limits  limits
	// transport is of plain HTTP; nil with WebSocket.
	transport *http.Transport
	wait      *wait
	tried     atomic.Int64 // when the latest attempt was, in nanoseconds
	stop      context.CancelFunc
	working   sync.WaitGroup

	attempt // of the client's goroutine
}

// connect begins to connect to an extension's server, and does not wait for it.
func (a *agent) connect(e *Extension) error {
	server := e.cfg.reached()
	security, err := server.security(e.cfg.grantedCA())
	if err != nil {
		return err
	}
	if server.TokenFile != "" && !server.encrypted() {
		e.set.Logger.Warn("the token goes to the OpAMP server unencrypted; use wss or https unless nobody is on the way", zap.String("endpoint", server.Endpoint))
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &connection{
		agent: a, server: server, remote: e.remote, stop: stop, wait: newWait(ctx, e.timing), limits: newLimits(),
		outbox: newOutbox(), answers: newAnswers(), demands: make(chan *protobufs.CustomMessage, 16), given: make(chan uuid.UUID, 1),
	}
	settings := c.prepare(e, security)
	a.connection.Store(c) // what is answered from now on comes after the latest answer, which the client starts with
	if err := c.start(e, settings); err != nil {
		a.connection.Store(nil)
		stop()
		return fmt.Errorf("set up the connection to the OpAMP server: %w", err)
	}
	c.work(ctx, e)
	return nil
}

// prepare makes the client, and returns its settings.
func (c *connection) prepare(e *Extension, security *tls.Config) types.StartSettings {
	settings := c.settings(e)
	if c.server.polled() {
		c.client = client.NewHTTP(&logger{c})
		c.transport = pollTransport(security)
		settings.Client = &http.Client{Transport: &poll{c.transport, c.server.TokenFile, c.try}, Timeout: answerTime}
	} else {
		c.client = client.NewWebSocket(&logger{c})
		settings.HeaderFunc, settings.TLSConfig = c.header, security
	}
	return settings
}

// work does what the client does not, until the connection is closed.
func (c *connection) work(ctx context.Context, e *Extension) {
	c.working.Go(func() { c.outbox.send(ctx, c.client) })
	c.working.Go(func() { c.renames(ctx, e.timing.rename) })
	c.working.Go(func() { c.mindSilence(ctx, max(e.timing.silence, 2*e.cfg.HeartbeatInterval)) })
	if c.remote != nil {
		c.working.Go(func() { c.tell(ctx) })
		c.working.Go(func() { c.obey(ctx) })
	}
}

func (c *connection) settings(e *Extension) types.StartSettings {
	return types.StartSettings{
		OpAMPServerURL:    c.server.Endpoint,
		InstanceUid:       types.InstanceUid(c.agent.identity.current()),
		HeartbeatInterval: &e.cfg.HeartbeatInterval,
		MaxMessageSize:    largestMessage,
		BackoffPolicy:     c.backoff,
		Callbacks: types.Callbacks{
			OnConnect:          c.onConnect,
			OnConnectFailed:    c.onConnectFailed,
			OnError:            c.onError,
			OnMessage:          c.onMessage,
			CheckRedirect:      c.onRedirect,
			GetEffectiveConfig: c.effective,
		},
	}
}

// start gives the client its first report and starts it.
func (c *connection) start(e *Extension, settings types.StartSettings) error {
	can, own := capabilities, []string{explainCapability, offersCapability}
	if c.remote != nil {
		can, own = can|remoteCapabilities, append(own, agentCapability)
		settings.RemoteConfigStatus = c.lastStatus()
	}
	c.try()
	return errors.Join(
		c.client.SetCapabilities(&can),
		c.client.SetCustomCapabilities(&protobufs.CustomCapabilities{Capabilities: own}),
		c.client.SetAgentDescription(e.describe(c.agent.identity.current())),
		c.client.SetAvailableComponents(e.components),
		c.client.SetHealth(e.health.tree(e.started)),
		c.client.Start(context.Background(), settings),
	)
}

func (e *Extension) describe(uid uuid.UUID) *protobufs.AgentDescription {
	return description(e.set.BuildInfo, uid, e.cfg.Labels)
}

// describe reports what may have changed with the configuration.
func (c *connection) describe(e *Extension) {
	c.report("description", c.client.SetAgentDescription(e.describe(c.agent.identity.current())))
	c.report("components", c.client.SetAvailableComponents(e.components))
	c.health(e)
	c.answers.put(latest) // who answered between two extensions had nobody to tell
}

func (c *connection) health(e *Extension) {
	c.report("health", c.client.SetHealth(e.health.tree(e.started)))
}

func (c *connection) configuration() {
	c.report("configuration", c.client.UpdateEffectiveConfig(context.Background()))
}

// report counts a report. The client refuses none of ours but for a mistake.
func (c *connection) report(kind string, err error) {
	if err != nil {
		c.log().Error("a report to the OpAMP server is lost; please report this", zap.String("kind", kind), zap.Error(err))
		return
	}
	c.agent.state.reported(kind)
}

func (c *connection) effective(context.Context) (*protobufs.EffectiveConfig, error) {
	return configurationMessage(c.agent.extension.Load().configuration()), nil
}

// close takes leave of the server.
func (c *connection) close(ctx context.Context) error {
	c.stop()
	c.working.Wait()
	err := c.client.Stop(ctx)
	if c.transport != nil {
		c.transport.CloseIdleConnections()
	}
	return err
}

func (c *connection) log() *zap.Logger { return c.agent.extension.Load().set.Logger }

// seldom is for what the server can bring about as often as it likes.
func (c *connection) seldom() *zap.Logger { return c.agent.extension.Load().seldom }
