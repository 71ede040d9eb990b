package try

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/otlphttp"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

// maxRecords is how many records wait to be shown; beyond it the meter keeps
// them.
const maxRecords = 16

// recordServer takes the output meter's records on a loopback port of its own.
type recordServer struct {
	url     string
	records chan scraperecord.Record
	server  http.Server
	done    chan struct{}
}

func listenForRecords() (*recordServer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the meters' records: %w", err)
	}
	s := &recordServer{
		url: "http://" + l.Addr().String(), records: make(chan scraperecord.Record, maxRecords), done: make(chan struct{}),
	}
	s.server.Handler = otlphttp.Handler(s.take)
	s.server.ReadHeaderTimeout = 10 * time.Second
	go func() {
		defer close(s.done)
		_ = s.server.Serve(l) // it ends by close
	}()
	return s, nil
}

// take queues the records of a batch. One that does not fit is the meter's to
// send again, with those behind it.
func (s *recordServer) take(md pmetric.Metrics) error {
	records, err := scraperecord.Decode(md)
	if err != nil {
		return err
	}
	if len(records) > cap(s.records)-len(s.records) {
		return fmt.Errorf("%d records wait already", len(s.records))
	}
	for _, r := range records {
		s.records <- r
	}
	return nil
}

// close ends the server. Requests under way are given a moment.
func (s *recordServer) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.server.Shutdown(ctx) != nil {
		_ = s.server.Close()
	}
	<-s.done
}
