package work

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/klauspost/compress/gzip"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
)

// Sent is how many bytes of request bodies the otlphttp exporter sends.
type Sent struct {
	Protobuf int
	Gzip     int // the same compressed, as the exporter does unless told otherwise
}

// Sizes returns what is sent of a host in a number of scrapes, unfiltered and
// behind topk. The unfiltered pipeline removes the command lines, as the
// template process-baseline-v1 does. The first scrape, in which all begins, is
// not counted.
func Sizes(processes, counted int) (unfiltered, thinned Sent, err error) {
	t, err := NewTopk()
	if err != nil {
		return unfiltered, thinned, err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	h := scrapes.NewHost(scrapes.Settings{Processes: processes, Churn: 0.002})
	for i := range 1 + counted {
		md := h.Next()
		if err := t.Scrape(md); err != nil {
			return unfiltered, thinned, err
		}
		if i == 0 {
			continue
		}
		if err := errors.Join(unfiltered.add(withoutCommandLines(md)), thinned.add(t.Out)); err != nil {
			return unfiltered, thinned, err
		}
	}
	return unfiltered, thinned, t.Check(h)
}

func withoutCommandLines(md pmetric.Metrics) pmetric.Metrics {
	out := pmetric.NewMetrics()
	md.CopyTo(out)
	for _, rm := range out.ResourceMetrics().All() {
		rm.Resource().Attributes().Remove("process.command_line")
	}
	return out
}

// add counts one request.
func (s *Sent) add(md pmetric.Metrics) error {
	body, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	if err != nil {
		return fmt.Errorf("encode a request: %w", err)
	}
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	if _, err := w.Write(body); err != nil {
		return fmt.Errorf("compress a request: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("compress a request: %w", err)
	}
	s.Protobuf += len(body)
	s.Gzip += compressed.Len()
	return nil
}
