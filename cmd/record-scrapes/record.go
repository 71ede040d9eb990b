//go:build linux

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/google/renameio/v2"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/childcollector"
	"github.com/phoenix-platform/phoenix/internal/otlphttp"
	"github.com/phoenix-platform/phoenix/internal/recording"
)

//go:embed config.yaml
var config []byte

// record makes a recording and writes it.
func record(ctx context.Context, o options, out io.Writer) error {
	file, err := renameio.NewPendingFile(o.out, renameio.WithPermissions(0o644))
	if err != nil {
		return fmt.Errorf("write %s: %w; check --out", o.out, err)
	}
	defer file.Cleanup() // of a temporary file
	scrapes, err := take(ctx, o, out)
	if err != nil {
		return err
	}
	if err := recording.Write(file, scrapes); err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("write %s: %w", o.out, err)
	}
	if err := file.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("write %s: %w", o.out, err)
	}
	_, err = fmt.Fprintf(out, "%s: %d scrapes, %d bytes\n", o.out, len(scrapes), info.Size())
	return err
}

// take runs the crowd and the collector, and returns the scrapes, which name
// nothing private any more.
func take(ctx context.Context, o options, out io.Writer) (scrapes []pmetric.Metrics, err error) {
	stop, err := o.crowd.start(ctx, time.Duration(o.scrapes)*patience(o.interval))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	received := make(chan pmetric.Metrics)
	server, err := listen(ctx, received)
	if err != nil {
		return nil, err
	}
	c, err := childcollector.Start(childcollector.Settings{
		Binary: o.collector,
		Config: config,
		Args: []string{
			"--set=receivers.hostmetrics.collection_interval=" + o.interval.String(),
			"--set=exporters.otlphttp/recorder.endpoint=http://" + server.Addr,
		},
	})
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	// The scrape that the collector would still send is refused.
	defer func() { err = errors.Join(err, server.Close(), c.Stop(context.WithoutCancel(ctx))) }()
	a := newAnonymiser(os.Getpid())
	for len(scrapes) < o.scrapes {
		md, err := next(ctx, o.interval, received, c)
		if err != nil {
			return nil, fmt.Errorf("scrape %d of %d: %w", len(scrapes)+1, o.scrapes, err)
		}
		a.anonymise(md)
		scrapes = append(scrapes, md)
		fmt.Fprintf(out, "scrape %d of %d: %d processes\n", len(scrapes), o.scrapes, md.ResourceMetrics().Len())
	}
	return scrapes, nil
}

// listen takes scrapes on a loopback port and hands them over one by one.
func listen(ctx context.Context, received chan<- pmetric.Metrics) (*http.Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for scrapes: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &http.Server{
		Addr:              l.Addr().String(),
		ReadHeaderTimeout: 10 * time.Second,
		Handler: otlphttp.Handler(func(md pmetric.Metrics) error {
			select {
			case received <- md:
				return nil
			case <-ctx.Done():
				return errors.New("the recording is over")
			}
		}),
	}
	go func() {
		defer cancel()
		_ = s.Serve(l) // it ends when it is closed
	}()
	return s, nil
}

// patience is how long one scrape may take: a busy host needs several intervals
// for one.
func patience(interval time.Duration) time.Duration { return 10*interval + 30*time.Second }

// next waits for a scrape.
func next(ctx context.Context, interval time.Duration, received <-chan pmetric.Metrics, c *childcollector.Collector) (pmetric.Metrics, error) {
	select {
	case md := <-received:
		return md, nil
	case <-ctx.Done():
		return pmetric.Metrics{}, errors.New("interrupted; nothing was written")
	case <-c.Done():
		return pmetric.Metrics{}, errors.Join(c.Err(), errors.New("the collector ended by itself; nothing was written"))
	case <-time.After(patience(interval)):
		return pmetric.Metrics{}, fmt.Errorf("none came for %s; nothing was written", patience(interval))
	}
}
