package processmetrics

import (
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/otlphttp"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

// records is a server that meters send to. Its records are read after the
// meters were shut down.
type records struct {
	*httptest.Server
	records []scraperecord.Record
}

func newRecords(t *testing.T) *records {
	s := &records{}
	s.Server = httptest.NewServer(otlphttp.Handler(func(md pmetric.Metrics) error {
		all, err := scraperecord.Decode(md)
		s.records = append(s.records, all...)
		return err
	}))
	t.Cleanup(s.Close)
	return s
}
