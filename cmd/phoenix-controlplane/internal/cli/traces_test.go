package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// TestTracesAreSentAtTheEnd stops a server at once after a request.
func TestTracesAreSentAtTheEnd(t *testing.T) {
	names := make(chan string, 100)
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		export := ptraceotlp.NewExportRequest()
		if export.UnmarshalProto(body) != nil {
			return
		}
		for _, resource := range export.Traces().ResourceSpans().All() {
			for _, span := range resource.ScopeSpans().At(0).Spans().All() {
				names <- span.Name()
			}
		}
	}))
	defer sink.Close()
	t.Run("serve", func(t *testing.T) {
		start(t, dir(t), "--traces-url", sink.URL+"/v1/traces").do("GET", "/healthz", nil, http.StatusOK, nil)
	})
	require.Equal(t, "GET /healthz", <-names)
}

// TestWithoutAPlaceForTracesTheServerStops is one whose collector has gone.
func TestWithoutAPlaceForTracesTheServerStops(t *testing.T) {
	sink := httptest.NewServer(http.NotFoundHandler())
	sink.Close()
	t.Run("serve", func(t *testing.T) {
		start(t, dir(t), "--traces-url", sink.URL).do("GET", "/healthz", nil, http.StatusOK, nil)
	})
}
