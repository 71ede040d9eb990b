package phoenixopamp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/google/uuid"
	"github.com/open-telemetry/opamp-go/client"
	"github.com/open-telemetry/opamp-go/client/types"
	"github.com/open-telemetry/opamp-go/protobufs"
	"go.uber.org/zap"
)

// largestMessage is how large a message may be either way, in bytes, and not
// compressed.
const largestMessage = 4 << 20

// capabilities are what the agent does. It does not take a configuration.
const capabilities = protobufs.AgentCapabilities_AgentCapabilities_ReportsStatus |
	protobufs.AgentCapabilities_AgentCapabilities_ReportsEffectiveConfig |
	protobufs.AgentCapabilities_AgentCapabilities_ReportsHealth |
	protobufs.AgentCapabilities_AgentCapabilities_ReportsHeartbeat |
	protobufs.AgentCapabilities_AgentCapabilities_ReportsAvailableComponents |
	protobufs.AgentCapabilities_AgentCapabilities_ReportsConnectionSettingsStatus

// connection is an OpAMP client and what belongs to it.
type connection struct {
	client client.OpAMPClient
	agent  *agent
	server Server
	outbox outbox
	// transport is of plain HTTP; nil with WebSocket.
	transport *http.Transport
	wait      *wait
	stop      context.CancelFunc
	working   sync.WaitGroup

	attempt // of the client's goroutine
}

// connect begins to connect to an extension's server, and does not wait for it.
func connect(a *agent, e *Extension) (*connection, error) {
	security, err := e.cfg.Server.security()
	if err != nil {
		return nil, err
	}
	if e.cfg.Server.TokenFile != "" && !e.cfg.Server.encrypted() {
		e.set.Logger.Warn("the token goes to the OpAMP server unencrypted; use wss or https unless nobody is on the way", zap.String("endpoint", e.cfg.Server.Endpoint))
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &connection{agent: a, server: e.cfg.Server, outbox: newOutbox(), stop: stop, wait: newWait(ctx, e.timing)}
	settings := c.settings(e, security)
	if e.cfg.Server.polled() {
		c.client = client.NewHTTP(&logger{c})
		c.transport = pollTransport(security)
		settings.Client = pollClient(c.transport, e.cfg.Server.TokenFile)
	} else {
		c.client = client.NewWebSocket(&logger{c})
		settings.HeaderFunc, settings.TLSConfig = c.header, security
	}
	if err := c.start(e, settings); err != nil {
		stop()
		return nil, fmt.Errorf("set up the connection to the OpAMP server: %w", err)
	}
	c.working.Go(func() { c.outbox.send(ctx, c.client) })
	return c, nil
}

func (c *connection) settings(e *Extension, security *tls.Config) types.StartSettings {
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
			CheckRedirect:      c.refuseRedirect,
			GetEffectiveConfig: c.effective,
		},
	}
}

// start gives the client its first report and starts it.
func (c *connection) start(e *Extension, settings types.StartSettings) error {
	can := capabilities
	return errors.Join(
		c.client.SetCapabilities(&can),
		c.client.SetCustomCapabilities(&protobufs.CustomCapabilities{Capabilities: []string{explainCapability, offersCapability}}),
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
	return c.agent.extension.Load().effective.message(), nil
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
