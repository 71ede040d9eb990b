package phoenixopamp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensioncapabilities"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/phoenix-platform/phoenix/extension/phoenixopamp/internal/metadata"
	"github.com/phoenix-platform/phoenix/internal/hostagent"
	"github.com/phoenix-platform/phoenix/internal/live"
)

var (
	_ componentstatus.Watcher                     = (*Extension)(nil)
	_ extensioncapabilities.ConfigSnapshotWatcher = (*Extension)(nil)
	_ extensioncapabilities.PipelineWatcher       = (*Extension)(nil)
	_ live.Registry                               = (*Extension)(nil)
	_ hostagent.Service                           = (*Extension)(nil)
)

// Extension is what one configuration makes: it gathers what there is to say
// of the collector, for the agent and the page.
type Extension struct {
	set     extension.Settings
	cfg     *Config
	timing  timing
	started time.Time
	seldom  *zap.Logger // has each message once a minute

	health     health
	effective  effective
	targets    targets
	components available
	// remote is the life of remote configurations; nil unless the collector's
	// configuration comes from the phoenix provider.
	remote   remote
	detach   func()
	reported chan struct{} // has an element if there is news of that life

	telemetry *metadata.TelemetryBuilder
	agent     *agent
	page      *page
	stop      context.CancelFunc
	working   sync.WaitGroup
}

// timing is how long things take. Tests have less time.
type timing struct {
	firstWait, longestWait time.Duration // between attempts to reach the server
	settle                 time.Duration // changes of health become one report
	grace                  time.Duration // the agent waits for its next extension
	goodbye                time.Duration // to take leave of the server
	rename                 time.Duration // between two ids that the server gives
	silence                time.Duration // the longest between attempts, whatever the server asks for
}

func defaultTiming() timing {
	return timing{
		firstWait: 2 * time.Second, longestWait: 200 * time.Second, // and up to a half more or less
		settle: time.Second, grace: 30 * time.Second, goodbye: 3 * time.Second,
		rename: time.Minute, silence: 6 * time.Minute, // more than the longest wait
	}
}

func newExtension(set extension.Settings, cfg *Config) *Extension {
	seldom := set.Logger.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(core, time.Minute, 1, 0)
	}))
	return &Extension{
		set: set, cfg: cfg, timing: defaultTiming(), started: time.Now(), seldom: seldom,
		health: newHealth(), stop: func() {}, detach: func() {},
		remote: remoteOf(cfg.StateDirectory), reported: make(chan struct{}, 1),
	}
}

// Start serves the page and begins to report. It does not wait for the server.
func (e *Extension) Start(_ context.Context, host component.Host) error {
	if err := os.MkdirAll(e.cfg.StateDirectory, 0o750); err != nil {
		return fmt.Errorf("make the state directory: %w; make it, writable to the collector's user, or change state_directory", err)
	}
	e.components = availableOf(host)
	var err error
	if e.agent, err = attach(e); err != nil {
		return err
	}
	if e.telemetry, err = observe(e.set.TelemetrySettings, &e.agent.state, e.remote); err != nil {
		return err
	}
	if e.page, err = servePage(e); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	e.stop = stop
	e.working.Go(func() { e.settled(ctx, e.health.changed, (*connection).health) })
	e.startRemote(ctx)
	return nil
}

// Shutdown ends the page and leaves the agent to the next extension, or ends
// it if the collector ends. It may be called without Start, and again.
func (e *Extension) Shutdown(ctx context.Context) error {
	e.detach()
	e.stop()
	e.working.Wait()
	var errs []error
	if e.page != nil {
		errs = append(errs, e.page.close(ctx))
		e.page = nil
	}
	if e.telemetry != nil {
		e.telemetry.Shutdown()
	}
	if e.agent != nil {
		errs = append(errs, e.agent.detach(ctx, e))
		e.agent = nil
	}
	return errors.Join(errs...)
}

// ComponentStatusChanged notes the health of a component.
func (e *Extension) ComponentStatusChanged(source *componentstatus.InstanceID, event *componentstatus.Event) {
	e.health.record(source, event)
	e.judge(event)
}

// settled reports changes until the context ends: many at once become one
// report.
func (e *Extension) settled(ctx context.Context, changed <-chan struct{}, report func(*connection, *Extension)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(e.timing.settle):
			e.agent.withConnection(func(c *connection) { report(c, e) })
		}
	}
}

// NotifyConfigSnapshot notes the configuration that runs.
func (e *Extension) NotifyConfigSnapshot(_ context.Context, snapshot extensioncapabilities.ConfigSnapshot) error {
	if err := e.effective.set(snapshot); err != nil {
		return err
	}
	if e.agent != nil {
		e.agent.withConnection((*connection).configuration)
	}
	return nil
}

// Register takes in a component that can change while it runs, or explain what
// it did.
func (e *Extension) Register(id component.ID, t live.Target) (unregister func()) {
	return e.targets.add(id, t)
}
