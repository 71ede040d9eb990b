package opampserver

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"

	"github.com/open-telemetry/opamp-go/protobufs"
	"google.golang.org/protobuf/proto"

	"github.com/phoenix-platform/phoenix/controlplane"
)

const contentType = "application/x-protobuf"

// poll answers an agent that asks by plain HTTP. It is a peer from its first
// request until it comes no more.
func (s *Server) poll(w http.ResponseWriter, r *http.Request, by controlplane.Caller) {
	m, status, err := s.read(w, r)
	if err != nil {
		s.counts.refuse("message")
		http.Error(w, err.Error(), status)
		return
	}
	p, err := s.polling(r, by)
	if err != nil {
		refuse(w, err)
		return
	}
	s.counts.messages.WithLabelValues("in").Inc()
	answer := &protobufs.ServerToAgent{InstanceUid: p.uid()}
	if err := p.hear(m); err != nil {
		s.counts.refuse("message")
		answer = complaint(p, err)
	} else if next, err := p.next(r.Context()); err != nil {
		p.end("what is wanted cannot be read: " + err.Error())
		refuse(w, err)
		return
	} else if next != nil {
		answer = next
	}
	data, err := proto.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(data) // who has gone asks again
	s.counts.messages.WithLabelValues("out").Inc()
}

// polling is the peer of an agent that polls. One that had a connection leaves
// it.
func (s *Server) polling(r *http.Request, by controlplane.Caller) (*peer, error) {
	if p := s.peer(by.Subject); p != nil && p.polls() && p.by.TokenID == by.TokenID {
		return p, nil
	}
	return s.admit(r.Context(), by, nil)
}

// refuse answers a request that cannot be met now, or never.
func refuse(w http.ResponseWriter, err error) {
	switch controlplane.CodeOf(err) {
	case controlplane.CodeNotFound, controlplane.CodeForbidden:
		http.Error(w, err.Error(), http.StatusForbidden)
	default:
		w.Header().Set("Retry-After", "5")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	}
}

// read reads the message of a request, which may be compressed.
func (s *Server) read(w http.ResponseWriter, r *http.Request) (m *protobufs.AgentToServer, status int, err error) {
	if r.Header.Get("Content-Type") != contentType {
		return nil, http.StatusUnsupportedMediaType, errors.New("send " + contentType)
	}
	var body io.Reader = http.MaxBytesReader(w, r.Body, largestMessage)
	switch r.Header.Get("Content-Encoding") {
	case "", "identity":
	case "gzip":
		if body, err = gzip.NewReader(body); err != nil {
			return nil, http.StatusBadRequest, errors.New("the body is not gzip as it says")
		}
	default:
		return nil, http.StatusUnsupportedMediaType, errors.New("compress with gzip or not at all")
	}
	data, err := io.ReadAll(io.LimitReader(body, largestMessage+1))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large) || len(data) > largestMessage:
		return nil, http.StatusRequestEntityTooLarge, wrong("the message has more than %d bytes", largestMessage)
	case err != nil:
		return nil, http.StatusBadRequest, errors.New("the body ended early or came too slowly")
	}
	if m, err = parse(data); err != nil {
		return nil, http.StatusBadRequest, err
	}
	return m, http.StatusOK, nil
}
