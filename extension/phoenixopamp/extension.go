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
	"github.com/phoenix-platform/phoenix/internal/live"
)

var (
	_ componentstatus.Watcher                     = (*Extension)(nil)
	_ extensioncapabilities.ConfigSnapshotWatcher = (*Extension)(nil)
	_ live.Registry                               = (*Extension)(nil)
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
}

func defaultTiming() timing {
	return timing{
		firstWait: 2 * time.Second, longestWait: 200 * time.Second, // and up to a half more or less
		settle: time.Second, grace: 30 * time.Second, goodbye: 3 * time.Second,
	}
}

func newExtension(set extension.Settings, cfg *Config) *Extension {
	seldom := set.Logger.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(core, time.Minute, 1, 0)
	}))
	return &Extension{
		set: set, cfg: cfg, timing: defaultTiming(), started: time.Now(), seldom: seldom,
		health: newHealth(), stop: func() {},
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
	if e.telemetry, err = observe(e.set.TelemetrySettings, &e.agent.state); err != nil {
		return err
	}
	if e.page, err = servePage(e); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	e.stop = stop
	e.working.Go(func() { e.reportHealth(ctx) })
	return nil
}

// Shutdown ends the page and leaves the agent to the next extension, or ends
// it if the collector ends. It may be called without Start, and again.
func (e *Extension) Shutdown(ctx context.Context) error {
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
}

// reportHealth reports changes of health until the context ends: many at once
// become one report.
func (e *Extension) reportHealth(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.health.changed:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(e.timing.settle):
			e.agent.reportHealth()
		}
	}
}

// NotifyConfigSnapshot notes the configuration that runs.
func (e *Extension) NotifyConfigSnapshot(_ context.Context, snapshot extensioncapabilities.ConfigSnapshot) error {
	if err := e.effective.set(snapshot); err != nil {
		return err
	}
	if e.agent != nil {
		e.agent.reportConfiguration()
	}
	return nil
}

// Register takes in a component that can change while it runs, or explain what
// it did.
func (e *Extension) Register(id component.ID, t live.Target) (unregister func()) {
	return e.targets.add(id, t)
}
