package try

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/otlphttp"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

func TestRecordsArrive(t *testing.T) {
	s, err := listenForRecords()
	require.NoError(t, err)
	defer s.close()
	defer http.DefaultClient.CloseIdleConnections()
	want := scraperecord.Record{Variant: variant, Role: scraperecord.RoleOutput, Time: 7, Processes: 3}
	post := func() error {
		md := pmetric.NewMetrics()
		scraperecord.Encode(&want, md.ResourceMetrics())
		return otlphttp.Post(context.Background(), http.DefaultClient, otlphttp.URL(s.url), md)
	}
	for range maxRecords {
		require.NoError(t, post())
	}
	require.ErrorContains(t, post(), "16 records wait already", "the meter is to send it again")
	for range maxRecords {
		require.Equal(t, want, <-s.records)
	}
	require.NoError(t, post())
}

func TestWhatIsNoRecordIsRefused(t *testing.T) {
	s := &recordServer{records: make(chan scraperecord.Record, 1)}
	md := pmetric.NewMetrics()
	md.ResourceMetrics().AppendEmpty()
	require.ErrorContains(t, s.take(md), "is no record of a scrape")
}
