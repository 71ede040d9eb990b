package phoenixopamp

import (
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// state is how the connection fares, and what was counted since the process
// began. It is safe for concurrent use.
type state struct {
	mu  sync.Mutex
	now standing
}

// standing is a moment's state.
type standing struct {
	Connected   bool
	Since       time.Time // of the latest change; zero if there was none
	LastError   string
	LastErrorAt time.Time
	LastMessage time.Time // when the server's latest came

	Connections, Errors, Received, Offered int64
	Reports, Refused, Answered             map[string]int64 // by kind, by offer, by status
}

// connected notes a connection, and says whether there was none before.
func (s *state) connected() (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now.Connected {
		return false
	}
	s.now.Connected, s.now.Since = true, time.Now()
	s.now.Connections++
	return true
}

// disconnected notes that there is no connection, and says whether there was.
func (s *state) disconnected() (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.now.Connected {
		return false
	}
	s.now.Connected, s.now.Since = false, time.Now()
	return true
}

// failed notes an error, and says whether it is not the one before.
func (s *state) failed(text string) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	news = s.now.LastError != text
	s.now.LastError, s.now.LastErrorAt = text, time.Now()
	return news
}

func (s *state) count(what func(*standing)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what(&s.now)
}

func (s *state) reported(kind string) {
	s.count(func(n *standing) { n.Reports = plusOne(n.Reports, kind) })
}

func (s *state) refused(offer string) {
	s.count(func(n *standing) { n.Refused = plusOne(n.Refused, offer) })
}

// answered counts an answer to an offer of a configuration.
func (s *state) answered(status remoteconfig.Status) {
	s.count(func(n *standing) { n.Answered = plusOne(n.Answered, strings.ToLower(string(status))) })
}

func plusOne(m map[string]int64, key string) map[string]int64 {
	if m == nil {
		m = map[string]int64{}
	}
	m[key]++
	return m
}

// standing returns a copy.
func (s *state) standing() standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.now
	n.Reports, n.Refused, n.Answered = maps.Clone(n.Reports), maps.Clone(n.Refused), maps.Clone(n.Answered)
	return n
}
