package hostagent

import (
	"fmt"
	"time"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// patience is how long a reload may take, from asking for it until everything
// has started.
const patience = 15 * time.Second

// watch ends the process if the service is not up in time. A watch that is on
// already goes on.
func (a *Agent) watch(late string) {
	if a.serving.watchdog == nil {
		a.serving.watchdog = time.AfterFunc(patience, func() { a.hung(late) })
	}
}

func (a *Agent) unwatch() {
	if a.serving.watchdog != nil {
		a.serving.watchdog.Stop()
		a.serving.watchdog = nil
	}
}

// hung ends the process: the next one finds why, and what to run.
func (a *Agent) hung(late string) {
	a.mu.Lock()
	if a.serving.watchdog == nil {
		a.mu.Unlock()
		return // it came up in the same moment
	}
	if a.serving.leaving {
		late = "the old service was not down"
	}
	cause := remoteconfig.Cause{Code: remoteconfig.Hung, Component: a.serving.health.Component, Detail: fmt.Sprintf("%s in %s", late, patience)}
	a.leave(cause)
	a.mu.Unlock()
	a.log.Error("the collector ends, since a reload hangs; its next start goes on: " + cause.Error())
	a.opts.exit(1)
}
