//go:build linux

package worker_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim/worker"
)

// server implements the protocol as docs/loadsim-worker.md describes it.
type server struct {
	*httptest.Server
	work chan worker.Assignment

	mu       sync.Mutex
	asked    []string // hosts
	statuses map[string][]worker.Status
	stop     map[string]bool // assignments that are to end
	gone     map[string]bool // assignments that are not known any more
	refused  int             // requests without the token
	ended    chan string
}

const token = "a-token"

func newServer(t *testing.T, work ...worker.Assignment) *server {
	t.Helper()
	s := &server{
		work: make(chan worker.Assignment, len(work)), statuses: map[string][]worker.Status{},
		stop: map[string]bool{}, gone: map[string]bool{}, ended: make(chan string, 16),
	}
	for _, a := range work {
		s.work <- a
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/loadsim/assignment", s.assignment)
	mux.HandleFunc("POST /v1/loadsim/assignments/{id}/status", s.status)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *server) allowed(w http.ResponseWriter, r *http.Request) bool {
	if r.Header.Get("Authorization") == "Bearer "+token {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused++
	http.Error(w, "who are you?", http.StatusUnauthorized)
	return false
}

func (s *server) assignment(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(w, r) {
		return
	}
	s.mu.Lock()
	s.asked = append(s.asked, r.URL.Query().Get("host")+" "+r.URL.Query().Get("wait"))
	s.mu.Unlock()
	select {
	case a := <-s.work:
		_ = json.NewEncoder(w).Encode(a)
	case <-time.After(50 * time.Millisecond): // a real one holds it for as long as it was asked
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *server) status(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(w, r) {
		return
	}
	var status worker.Status
	if err := json.NewDecoder(r.Body).Decode(&status); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	id := r.PathValue("id")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statuses[id] = append(s.statuses[id], status)
	if status.State != worker.Running {
		s.ended <- id
	}
	if s.gone[id] {
		http.Error(w, "no such assignment", http.StatusGone)
		return
	}
	_ = json.NewEncoder(w).Encode(worker.Answer{Stop: s.stop[id]})
}

// of returns what was said about an assignment: the states in order, each once.
func (s *server) of(id string) (states string, last worker.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, status := range s.statuses[id] {
		if n := len(all); n == 0 || all[n-1] != string(status.State) {
			all = append(all, string(status.State))
		}
		last = status
	}
	return strings.Join(all, " "), last
}
