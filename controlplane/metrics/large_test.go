package metrics

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// ofSize is a request of n bytes, in texts of the longest length.
func ofSize(t *testing.T, n int) []byte {
	t.Helper()
	md := pmetric.NewMetrics()
	for scope := md.ResourceMetrics().AppendEmpty().ScopeMetrics(); ; {
		left := n - len(protobuf(t, md))
		sm := scope.AppendEmpty()
		for range min(left/4200, 64) {
			sm.Metrics().AppendEmpty().SetDescription(strings.Repeat("d", 4096))
		}
		if left < 4200 {
			sm.SetSchemaUrl(strings.Repeat("u", left))
			for over := len(protobuf(t, md)) - n; over != 0; over = len(protobuf(t, md)) - n {
				sm.SetSchemaUrl(sm.SchemaUrl()[:len(sm.SchemaUrl())-over])
			}
			return protobuf(t, md)
		}
	}
}

func TestSizeIsLimitedBeforeAndAfterDecompression(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	h := s.Ingest(from(someone))
	at := ofSize(t, maxBody)
	require.Len(t, at, maxBody)
	require.Equal(t, http.StatusOK, post(h, at).Code)
	require.Equal(t, http.StatusOK, post(h, gzipped(at), "Content-Encoding", "gzip").Code)
	past := append(at, 0)
	for _, w := range []*httptest.ResponseRecorder{post(h, past), post(h, gzipped(past), "Content-Encoding", "gzip")} {
		require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
		require.Contains(t, statusIn(t, w).GetMessage(), "20971520 bytes")
	}
	require.Equal(t, http.StatusOK, post(h, gzipped(at), "Content-Encoding", "gzip").Code, "a refusal gives its place back")
}

func TestOfLargeRequestsOneIsTakenAtATime(t *testing.T) {
	l := newLarge()
	body := make([]byte, maxSmall+1)
	ask := func(ctx context.Context, n int) (*sized, error) {
		q := l.request()
		_, err := q.read(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, "/", bytes.NewReader(body[:n])))
		return q, err
	}
	one, err := ask(t.Context(), maxSmall+1)
	require.NoError(t, err)
	require.NoError(t, one.enlarge(t.Context()), "it has the place")
	soon, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	other, err := ask(soon, maxSmall+1)
	require.Equal(t, http.StatusServiceUnavailable, asRefusal(err).status)
	other.done()
	small, err := ask(t.Context(), maxSmall)
	require.NoError(t, err, "smaller ones need not wait")
	small.done()
	one.done()
	again, err := ask(t.Context(), maxSmall+1)
	require.NoError(t, err)
	again.done()
}

func TestAnAgentHasTwoRequestsUnderWay(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	entered, leave := make(chan struct{}), make(chan struct{})
	h := s.Ingest(from(someone))
	slow := func() *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/", slowly{entered, leave})
		r.Header.Set("Content-Type", string(inProtobuf))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	var running sync.WaitGroup
	for range maxAtOnce {
		running.Go(func() { slow() })
		<-entered
	}
	w := post(h, protobuf(t, aScrape(time.Now())))
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.NotEmpty(t, w.Header().Get("Retry-After"))
	close(leave)
	running.Wait()
	require.Equal(t, http.StatusOK, post(h, protobuf(t, aScrape(time.Now()))).Code)
}

// slowly is a body that says when it is read, and ends when it may.
type slowly struct{ entered, leave chan struct{} }

func (s slowly) Read([]byte) (int, error) {
	s.entered <- struct{}{}
	<-s.leave
	return 0, fmt.Errorf("broken off")
}
