package metrics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/storage"
)

// written is an appender that makes a write request (remote write 1.0) of what
// is appended.
type written struct {
	to      *forward
	request prompb.WriteRequest
}

func (w *written) Append(_ storage.SeriesRef, ls labels.Labels, _, t int64, v float64, _ *histogram.Histogram, _ *histogram.FloatHistogram, _ storage.AOptions) (storage.SeriesRef, error) {
	w.request.Timeseries = append(w.request.Timeseries, prompb.TimeSeries{
		Labels: prompb.FromLabels(ls, nil), Samples: []prompb.Sample{{Timestamp: t, Value: v}},
	})
	return 0, nil
}

func (w *written) Commit() error {
	if len(w.request.Timeseries) == 0 {
		return nil
	}
	raw, err := w.request.Marshal()
	if err != nil {
		return fmt.Errorf("encode a write request: %w", err)
	}
	if err := w.to.add(raw); err != nil {
		return fmt.Errorf("keep metrics for the Prometheus: %w", err)
	}
	w.to.awake()
	return nil
}

func (*written) Rollback() error { return nil }

// writer posts write requests.
type writer struct {
	client *http.Client
	url    *url.URL // with a password perhaps
}

// errRefused is returned for what the Prometheus will never take.
var errRefused = errors.New("the Prometheus refuses metrics")

// write posts a request. Requests that follow each other are one as well.
func (w writer) write(ctx context.Context, request []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url.String(), bytes.NewReader(snappy.Encode(nil, request)))
	if err != nil {
		return fmt.Errorf("forward metrics: %w", err)
	}
	req.Header.Set("Content-Encoding", "snappy")
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	resp, err := w.client.Do(req)
	if err != nil {
		return fmt.Errorf("forward metrics: %w", err)
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10)) // what it says is for the log only
	switch resp.StatusCode {
	case http.StatusOK, http.StatusNoContent:
		return nil
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: %s: %.300q", errRefused, resp.Status, said)
	}
	return fmt.Errorf("forward metrics to %s: %s: %.300q", w.url.Redacted(), resp.Status, said)
}
