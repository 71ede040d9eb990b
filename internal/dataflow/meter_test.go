package dataflow

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

func listen(t *testing.T) *Meter {
	m, err := Listen()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Close()) })
	return m
}

// post sends a body as the reader of a meter would, with its headers replaced
// by those given, and returns the status.
func post(t *testing.T, m *Meter, body []byte, headers ...string) int {
	t.Helper()
	otlp := section(m.Reader(), "periodic", "exporter", "otlp")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, otlp["endpoint"].(string)+"/v1/metrics", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-protobuf")
	for _, h := range otlp["headers"].([]any) {
		req.Header.Set(h.(map[string]any)["name"].(string), h.(map[string]any)["value"].(string))
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

func report(t *testing.T, accepted int64) []byte {
	t.Helper()
	md := pmetric.NewMetrics()
	point(md, "otelcol_receiver_accepted_metric_points", accepted, "receiver", "hostmetrics")
	raw, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	require.NoError(t, err)
	return raw
}

func TestTheMeterTakesWhatItsReaderSends(t *testing.T) {
	m := listen(t)
	require.Equal(t, Counts{}, m.Counts())
	for i := range 3 {
		require.Equal(t, http.StatusOK, post(t, m, report(t, int64(i))))
	}
	<-m.Changed()
	select {
	case <-m.Changed():
		t.Error("it tells of three reports more than once")
	default:
	}
	require.Equal(t, uint64(3), m.Counts().Report)
	require.Equal(t, int64(2), m.Counts().Receivers["hostmetrics"].Accepted)
}

func TestTheMeterHearsNobodyElse(t *testing.T) {
	m, other := listen(t), listen(t)
	for name, c := range map[string]struct {
		body    []byte
		headers []string
		want    int
	}{
		"no token":               {report(t, 1), []string{"Authorization", ""}, http.StatusUnauthorized},
		"another meter's token":  {report(t, 1), []string{"Authorization", "Bearer " + other.token}, http.StatusUnauthorized},
		"the token alone":        {report(t, 1), []string{"Authorization", m.token}, http.StatusUnauthorized},
		"no report":              {[]byte("\xff"), nil, http.StatusBadRequest},
		"another kind":           {report(t, 1), []string{"Content-Type", "application/json"}, http.StatusBadRequest},
		"a report that is large": {bytes.Repeat([]byte{0}, maxBody+1), nil, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, post(t, m, c.body, c.headers...))
		})
	}
	require.Equal(t, Counts{}, m.Counts())
}

func TestEachMeterHasATokenOfItsOwn(t *testing.T) {
	a, b := listen(t), listen(t)
	require.NotEqual(t, a.token, b.token)
	require.GreaterOrEqual(t, len(a.token), 20)
	require.True(t, strings.HasPrefix(a.endpoint, "http://127.0.0.1:"), a.endpoint)
}

func TestAMeterIsClosedTwice(t *testing.T) {
	m := listen(t)
	require.NoError(t, m.Close())
	require.NoError(t, m.Close())
}
