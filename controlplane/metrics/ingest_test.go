package metrics

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func TestARecordArrivesUnderTheServersLabels(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	require.Equal(t, "", send(t, s, someone, aScrape(time.Now())).ErrorMessage())
	got := vector(t, s, "phoenix_scrape_reduction")
	require.Len(t, got, 1)
	require.InDelta(t, 0.9, float64(got[0].Value), 0)
	require.Equal(t, `phoenix_scrape_reduction{agent="a1", deployment="web-topk", deployment_version="3", host="web-1", host_id="h1", label_tier="web", phoenix_role="output", phoenix_variant="default"}`, got[0].Metric.String())
}

func TestAnAgentCannotSpeakForAnother(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	md := aScrape(time.Now())
	for _, rm := range md.ResourceMetrics().All() {
		for _, claim := range []string{LabelAgent, LabelHost, LabelDeployment, LabelVersion, "label.tier", "label_tier", "service.name", "job", "instance", "__name__"} {
			rm.Resource().Attributes().PutStr(claim, "mine")
			for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
				m.Gauge().DataPoints().At(0).Attributes().PutStr(claim, "mine")
			}
		}
	}
	send(t, s, someone, md)
	all := vector(t, s, `{agent=~".+"}`)
	require.Len(t, all, 19)
	for _, v := range all {
		require.Equal(t, "a1", string(v.Metric[LabelAgent]))
		require.NotContains(t, v.Metric.String(), "mine")
	}
	require.Empty(t, vector(t, s, "target_info"))
}

func TestJSONAndGzipAreTaken(t *testing.T) {
	for _, zipped := range []bool{false, true} {
		for _, e := range []encoding{inProtobuf, inJSON} {
			t.Run(fmt.Sprintf("%s, gzip %t", e, zipped), func(t *testing.T) {
				s := open(t, Settings{Dir: t.TempDir()})
				req := pmetricotlp.NewExportRequestFromMetrics(aScrape(time.Now()))
				marshal, header := req.MarshalProto, []string{"Content-Type", string(e) + "; charset=utf-8"}
				if e == inJSON {
					marshal = req.MarshalJSON
				}
				body, err := marshal()
				require.NoError(t, err)
				if zipped {
					body, header = gzipped(body), append(header, "Content-Encoding", "gzip")
				}
				w := post(s.Ingest(from(someone)), body, header...)
				require.Equal(t, http.StatusOK, w.Code, w.Body.String())
				require.Equal(t, string(e), w.Header().Get("Content-Type"))
				require.Len(t, vector(t, s, "phoenix_scrape_reduction"), 1)
			})
		}
	}
}

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // of a buffer does not fail
	_ = z.Close()
	return b.Bytes()
}

func TestWhatIsWrongWithARequestIsToldInItsEncoding(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	h := s.Ingest(from(someone))
	for _, c := range []struct {
		name   string
		body   string
		header []string
		status int
		want   string
	}{
		{"no protobuf", "\xff", nil, 400, "this is no OTLP export request"},
		{"wrong inside", "\x0a\x02\x12\xff", nil, 400, "this is no OTLP export request"},
		{"no JSON", "{", []string{"Content-Type", "application/json"}, 400, "decode the request"},
		{"JSON of something else", `[1]`, []string{"Content-Type", "application/json"}, 400, "decode the request"},
		{"no UTF-8", "\"\xff\"", []string{"Content-Type", "application/json"}, 400, "not valid UTF-8"},
		{"nested JSON", strings.Repeat("[", 100_000), []string{"Content-Type", "application/json"}, 400, "nested deeper"},
		{"other content", "", []string{"Content-Type", "text/plain"}, 415, "send application/x-protobuf or application/json"},
		{"other encoding", "", []string{"Content-Encoding", "zstd"}, 415, "send gzip or none"},
		{"no gzip", "x", []string{"Content-Encoding", "gzip"}, 400, "unzip the request"},
		{"cut gzip", string(gzipped([]byte("xxxxxxxxxxxxxxxx"))[:20]), []string{"Content-Encoding", "gzip"}, 400, "read the request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := post(h, []byte(c.body), c.header...)
			require.Equal(t, c.status, w.Code)
			got := statusIn(t, w)
			require.Contains(t, got.GetMessage(), c.want)
			require.Equal(t, int32(code.Code_INVALID_ARGUMENT), got.GetCode())
		})
	}
}

// statusIn reads a Status in the encoding that the answer names.
func statusIn(t *testing.T, w *httptest.ResponseRecorder) *status.Status {
	t.Helper()
	unmarshal := proto.Unmarshal
	if w.Header().Get("Content-Type") == string(inJSON) {
		unmarshal = protojson.Unmarshal
	}
	var s status.Status
	require.NoError(t, unmarshal(w.Body.Bytes(), &s))
	return &s
}

func TestASenderThatIsNotKnownIsRefused(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	for err, want := range map[error]int{
		errors.New("who are you?"): http.StatusUnauthorized,
		&controlplane.Error{Code: controlplane.CodeForbidden, Message: "no agent"}: http.StatusForbidden,
	} {
		w := post(s.Ingest(func(*http.Request) (Source, error) { return Source{}, err }), nil)
		require.Equal(t, want, w.Code)
		require.Equal(t, err.Error(), statusIn(t, w).GetMessage())
	}
}

func TestWhatIsNotKeptIsLeftOut(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	refused := send(t, s, someone, gauge("system.cpu.time", time.Now(), 1, 2))
	require.EqualValues(t, 2, refused.RejectedDataPoints())
	require.Contains(t, refused.ErrorMessage(), "nothing of this is kept here")
	md := aScrape(time.Now())
	m := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
	delta := m.AppendEmpty()
	delta.SetName("otelcol_process_cpu_seconds")
	delta.SetEmptySum().DataPoints().AppendEmpty()
	histogram := m.AppendEmpty()
	histogram.SetName("phoenix.scrape.series")
	histogram.SetEmptyHistogram().DataPoints().AppendEmpty()
	require.Empty(t, send(t, s, someone, md).ErrorMessage())
	require.Len(t, vector(t, s, `{agent="a1"}`), 19)
}

func TestAStoreThatIsClosedIsAway(t *testing.T) {
	s, err := Open(Settings{Dir: t.TempDir()})
	require.NoError(t, err)
	h := s.Ingest(from(someone))
	require.NoError(t, s.Close())
	w := post(h, protobuf(t, aScrape(time.Now())))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Equal(t, int32(code.Code_UNAVAILABLE), statusIn(t, w).GetCode())
	_, err = s.Query(context.Background(), "up", time.Now())
	require.Equal(t, controlplane.CodeUnavailable, controlplane.CodeOf(err))
}

// TestNoiseIsNeverAServersError sends requests with bytes changed.
func TestNoiseIsNeverAServersError(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	h := s.Ingest(from(someone))
	random := rand.New(rand.NewPCG(1, 2))
	req := pmetricotlp.NewExportRequestFromMetrics(aScrape(time.Now()))
	inJSONBytes, err := req.MarshalJSON()
	require.NoError(t, err)
	for i := range 2000 {
		e, body := inProtobuf, protobuf(t, aScrape(time.Now()))
		if i%2 == 0 {
			e, body = inJSON, bytes.Clone(inJSONBytes)
		}
		for range 1 + random.IntN(8) {
			body[random.IntN(len(body))] = byte(random.UintN(256))
		}
		w := post(h, body[:len(body)-random.IntN(2)*random.IntN(len(body))], "Content-Type", string(e))
		require.Contains(t, []int{200, 400, 413}, w.Code, w.Body.String())
	}
}

// FuzzIngest: whatever an agent sends, it is taken or refused, and told so.
func FuzzIngest(f *testing.F) {
	s := open(f, Settings{Dir: f.TempDir()})
	h := s.Ingest(from(someone))
	req := pmetricotlp.NewExportRequestFromMetrics(aScrape(time.Now()))
	asJSON, err := req.MarshalJSON()
	require.NoError(f, err)
	f.Add(false, false, protobuf(f, aScrape(time.Now())))
	f.Add(true, false, asJSON)
	f.Add(false, true, gzipped(protobuf(f, aScrape(time.Now()))))
	f.Fuzz(func(t *testing.T, isJSON, zipped bool, body []byte) {
		var header []string
		if isJSON {
			header = append(header, "Content-Type", string(inJSON))
		}
		if zipped {
			header = append(header, "Content-Encoding", "gzip")
		}
		w := post(h, body, header...)
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest, http.StatusRequestEntityTooLarge}, w.Code, w.Body.String())
	})
}
