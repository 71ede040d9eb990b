package otlphttp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

// URL returns where metrics go under a base URL, which may name the place
// itself already.
func URL(base string) string {
	if base = strings.TrimSuffix(base, "/"); strings.HasSuffix(base, Path) {
		return base
	}
	return base + Path
}

// StatusError is an answer other than 2xx.
type StatusError struct {
	URL    string
	Code   int    // such as 503
	Status string // such as 503 Service Unavailable
	Said   string // the beginning of the body
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answered %s: %.200q", e.URL, e.Status, e.Said)
}

// Permanent reports whether the same batch would be refused again. Of the
// client's errors only a timeout and too many requests pass.
func (e *StatusError) Permanent() bool {
	return e.Code/100 == 4 && e.Code != http.StatusRequestTimeout && e.Code != http.StatusTooManyRequests
}

// Post sends a batch to url. An answer other than 2xx is a [*StatusError].
func Post(ctx context.Context, client *http.Client, url string, md pmetric.Metrics) error {
	body, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	if err != nil {
		return fmt.Errorf("encode metrics: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("send metrics: %w", err)
	}
	req.Header.Set("Content-Type", protobuf)
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("send metrics: %w", err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", url, err)
	}
	if resp.StatusCode/100 != 2 {
		return &StatusError{URL: url, Code: resp.StatusCode, Status: resp.Status, Said: string(said)}
	}
	return nil
}
