package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
)

// listening serves an API on a port of its own and returns its address.
func (s *server) listening() string {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(s.t, err)
	h := httpapi.NewHTTPServer(s.api)
	served := make(chan error, 1)
	go func() { served <- h.Serve(httpapi.Limit(l)) }()
	s.t.Cleanup(func() {
		require.NoError(s.t, h.Shutdown(context.WithoutCancel(s.t.Context())))
		require.ErrorIs(s.t, <-served, http.ErrServerClosed)
	})
	return "http://" + l.Addr().String()
}

// stream is an open stream of events.
type stream struct {
	t     *testing.T
	lines *bufio.Scanner
}

func (s *server) stream(address, token, query string) stream {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, address+"/api/v1/events"+query, http.NoBody)
	require.NoError(s.t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { answer.Body.Close() })
	require.Equal(s.t, http.StatusOK, answer.StatusCode)
	require.Equal(s.t, "text/event-stream", answer.Header.Get("Content-Type"))
	return stream{s.t, bufio.NewScanner(answer.Body)}
}

// next waits for the next event; false: the stream has ended.
func (s stream) next() (e controlplane.Event, ok bool) {
	for s.lines.Scan() {
		if data, is := strings.CutPrefix(s.lines.Text(), "data: "); is {
			require.NoError(s.t, json.Unmarshal([]byte(data), &e))
			return e, true
		}
	}
	return e, false
}

func TestEventStreams(t *testing.T) {
	s := newServer(t)
	s.create("before")
	address := s.listening()
	old, fresh := s.stream(address, s.tokens[viewer], "?after=0"), s.stream(address, s.tokens[viewer], "")
	s.create("after")
	var objects []string
	for len(objects) == 0 || objects[len(objects)-1] != "deployment/after" {
		e, ok := old.next()
		require.True(t, ok)
		objects = append(objects, e.Object)
	}
	require.Contains(t, objects, "deployment/before")
	e, ok := fresh.next()
	require.True(t, ok)
	require.Equal(t, "deployment/after", e.Object)
}

// TestARevokedTokenEndsItsStreams leaves the streams of other tokens open.
func TestARevokedTokenEndsItsStreams(t *testing.T) {
	s := newServer(t)
	issued, err := s.service.CreateToken(t.Context(), admin, controlplane.TokenDraft{Purpose: controlplane.PurposeAPI, Subject: "bob", Role: viewer})
	require.NoError(t, err)
	address := s.listening()
	bobs, other := s.stream(address, issued.Secret, ""), s.stream(address, s.tokens[viewer], "")
	require.NoError(t, s.service.RevokeToken(t.Context(), admin, issued.Token.ID, "he left"))
	for ok := true; ok; {
		_, ok = bobs.next()
	}
	e, ok := other.next()
	require.True(t, ok)
	require.Equal(t, controlplane.RevokeToken, e.Action)
}

func TestAStoppedServerEndsItsStreams(t *testing.T) {
	s := newServer(t)
	open := s.stream(s.listening(), s.tokens[viewer], "")
	s.api.Close()
	_, ok := open.next()
	require.False(t, ok)
}
