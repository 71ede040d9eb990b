package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
)

// run serves until ctx is done or the listener fails.
func (p *plane) run(ctx context.Context, l net.Listener) error {
	server := httpapi.NewHTTPServer(p.api)
	server.ErrorLog = slog.NewLogLogger(p.log.Handler(), slog.LevelDebug)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	tended := make(chan struct{})
	go func() { defer close(tended); p.tend(ctx) }()
	defer func() { stop(); <-tended }()
	disconnect, err := p.agents.Serve(ctx, p.service)
	if err != nil {
		return err
	}
	defer disconnect()

	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	p.log.Info("stopping")
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	disconnect()
	err = server.Shutdown(patience)
	if errors.Is(err, context.DeadlineExceeded) {
		p.log.Warn("requests were cut off: they did not end in time", "after", shutdownTime)
		err = server.Close()
	}
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// tend does what time asks for until ctx is done.
func (p *plane) tend(ctx context.Context) {
	every := time.NewTicker(tendEvery)
	defer every.Stop()
	for {
		select {
		case <-every.C:
			if err := p.service.Tend(ctx); err != nil && ctx.Err() == nil {
				p.log.Warn("what time asks for was not done; it is tried again", "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}
