package otlphttp

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

func one() pmetric.Metrics {
	md := pmetric.NewMetrics()
	md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty().SetName("m")
	return md
}

func TestWhatIsPostedArrives(t *testing.T) {
	var got []pmetric.Metrics
	s := httptest.NewServer(Handler(func(md pmetric.Metrics) error { got = append(got, md); return nil }))
	defer s.Close()
	require.NoError(t, Post(context.Background(), s.Client(), URL(s.URL), one()))
	require.Equal(t, []pmetric.Metrics{one()}, got)
}

func TestGzipArrives(t *testing.T) {
	var got []pmetric.Metrics
	s := httptest.NewServer(Handler(func(md pmetric.Metrics) error { got = append(got, md); return nil }))
	defer s.Close()
	raw, err := pmetricotlp.NewExportRequestFromMetrics(one()).MarshalProto()
	require.NoError(t, err)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err = z.Write(raw)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, URL(s.URL), &zipped)
	require.NoError(t, err)
	req.Header.Set("Content-Type", protobuf)
	req.Header.Set("Content-Encoding", "gzip")
	resp, err := s.Client().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Len(t, got, 1)
}

func TestARefusalIsTheSendersError(t *testing.T) {
	s := httptest.NewServer(Handler(func(pmetric.Metrics) error { return errors.New("full") }))
	defer s.Close()
	require.ErrorContains(t, Post(context.Background(), s.Client(), URL(s.URL), one()), `answered 503 Service Unavailable: "full\n"`)
}

func TestWhatIsNoExportRequestIsRefused(t *testing.T) {
	h := Handler(func(pmetric.Metrics) error { t.Error("taken"); return nil })
	for name, c := range map[string]struct{ kind, encoding, body, want string }{
		"json":         {"application/json", "", "{}", "send application/x-protobuf"},
		"not protobuf": {protobuf, "", "\xff", "decode the request"},
		"not gzip":     {protobuf, "gzip", "x", "unzip the request"},
		"zstd":         {protobuf, "zstd", "x", "send gzip or none"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, Path, strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.kind)
			r.Header.Set("Content-Encoding", c.encoding)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			body, err := io.ReadAll(w.Result().Body)
			require.NoError(t, err)
			require.Equal(t, http.StatusBadRequest, w.Code)
			require.Contains(t, string(body), c.want)
		})
	}
}

func TestURL(t *testing.T) {
	for _, base := range []string{"http://h:1", "http://h:1/", "http://h:1/v1/metrics", "http://h:1/v1/metrics/"} {
		require.Equal(t, "http://h:1/v1/metrics", URL(base))
	}
}

func TestARefusalSaysWhetherItIsForGood(t *testing.T) {
	for code, permanent := range map[int]bool{
		http.StatusMovedPermanently: false, http.StatusBadRequest: true, http.StatusUnauthorized: true, http.StatusNotFound: true,
		http.StatusRequestTimeout: false, http.StatusTooManyRequests: false,
		http.StatusInternalServerError: false, http.StatusServiceUnavailable: false,
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", code) }))
		err := Post(context.Background(), s.Client(), URL(s.URL), pmetric.NewMetrics())
		s.Close()
		var answer *StatusError
		require.ErrorAs(t, err, &answer)
		require.Equal(t, code, answer.Code)
		require.Equal(t, permanent, answer.Permanent(), code)
		require.EqualError(t, err, fmt.Sprintf(`%s answered %d %s: "no\n"`, URL(s.URL), code, http.StatusText(code)))
	}
}
