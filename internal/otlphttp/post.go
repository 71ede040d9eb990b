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

// Post sends a batch to url. An answer other than 2xx is an error with the
// status in it.
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
		return fmt.Errorf("%s answered %s: %.200q", url, resp.Status, said)
	}
	return nil
}
