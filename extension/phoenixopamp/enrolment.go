package phoenixopamp

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/enrol"
)

// mustEnrol says whether the agent has to get a token of its own first.
func (c *Config) mustEnrol() (bool, error) {
	if !c.enrols() {
		return false, nil
	}
	enrolled, err := c.store().Enrolled()
	return !enrolled, err
}

// enrols says whether the agent's token is one that it was granted. The one of
// token_file goes before.
func (c *Config) enrols() bool {
	if c.Server.EnrolmentTokenFile == "" {
		return false
	}
	_, err := os.Stat(c.Server.TokenFile)
	return c.Server.TokenFile == "" || err != nil
}

func (c *Config) store() enrol.Store { return enrol.Store{Directory: c.StateDirectory} }

// reached returns the server with the token that we were granted, if we were.
func (c *Config) reached() Server {
	s := c.Server
	if c.enrols() {
		s.TokenFile = c.store().TokenFile()
	}
	return s
}

// grantedCA is the file of the CA that came with the token; empty without one.
func (c *Config) grantedCA() string {
	if has, err := c.store().HasCA(); !c.enrols() || err != nil || !has {
		return ""
	}
	return c.store().CAFile()
}

// enrolment goes on until the agent has a token of its own. Like the connection
// that it leads to, it outlives the extension.
type enrolment struct {
	agent  *agent
	client enrol.Client
	stop   context.CancelFunc
	done   chan struct{}
	// keep writes what was granted; nil before.
	keep func() error
}

// enrol begins to enrol with an extension's server, and does not wait for it.
func (a *agent) enrol(e *Extension) error {
	security, err := e.cfg.Server.security("")
	if err != nil {
		return err
	}
	endpoint, err := enrol.Endpoint(e.cfg.Server.Endpoint)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	transport := pollTransport(security)
	client := &http.Client{Transport: transport, CheckRedirect: refuseRedirect}
	n := &enrolment{agent: a, client: enrol.Client{HTTP: client, Endpoint: endpoint}, stop: stop, done: make(chan struct{})}
	a.enrolling = n
	go func() {
		enrolled := n.run(ctx, newWait(ctx, e.timing))
		transport.CloseIdleConnections()
		close(n.done)
		if enrolled {
			a.enrolled(ctx)
		}
	}()
	return nil
}

// run tries until the agent is enrolled, or until the context ends: an answer
// under way is still waited for, since nobody grants twice.
func (n *enrolment) run(ctx context.Context, w *wait) bool {
	policy := w.exponential()
	for {
		err := n.step(context.WithoutCancel(ctx))
		if err == nil {
			n.agent.extension.Load().set.Logger.Info("enrolled with the OpAMP server", zap.String("endpoint", n.client.Endpoint))
			return true
		}
		n.agent.state.count(func(now *standing) { now.Errors++ })
		n.agent.trouble("not enrolled with the OpAMP server; the collector goes on, and tries again", shown(err.Error()))
		select {
		case <-ctx.Done():
			return false
		case <-time.After(policy.NextBackOff()):
		}
	}
}

// step asks once, or tries again to keep what was granted.
func (n *enrolment) step(ctx context.Context) (err error) {
	if n.keep == nil {
		cfg := n.agent.extension.Load().cfg
		token, err := readToken("enrolment_token_file", cfg.Server.EnrolmentTokenFile)
		if err != nil {
			return err
		}
		host, err := os.Hostname()
		if err != nil {
			return fmt.Errorf("find the host's name: %w", err)
		}
		request := enrol.Request{Token: token, InstanceUID: n.agent.identity.current().String(), Host: host}
		if n.keep, err = n.client.Enrol(ctx, cfg.store(), request); err != nil {
			return err
		}
	}
	return n.keep()
}

// end stops trying and waits for an answer under way as long as it may.
func (n *enrolment) end(ctx context.Context) {
	n.stop()
	select {
	case <-n.done:
	case <-ctx.Done():
	}
}

// enrolled connects with the token of our own, unless the agent has ended.
func (a *agent) enrolled(ctx context.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	a.enrolling = nil
	if err := a.connect(a.extension.Load()); err != nil {
		a.extension.Load().set.Logger.Error("the agent is enrolled and cannot connect; mend the server's keys, and reload the configuration", zap.Error(err))
	}
}
