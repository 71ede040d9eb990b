package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// The time that a peer has. A silent one holds a connection for this long, and
// nobody else up.
const (
	headTime  = 10 * time.Second
	readTime  = 60 * time.Second
	writeTime = 90 * time.Second
	idleTime  = 2 * time.Minute
	mostHead  = 64 << 10 // bytes
	// mostConnections is how many an address may have open.
	mostConnections = 1024
)

// NewHTTPServer returns an http.Server with the limits of the API. Its Shutdown
// ends the answers that last as well.
func NewHTTPServer(s *Server) *http.Server {
	h := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    mostHead,
	}
	h.RegisterOnShutdown(s.Close)
	return h
}

// Limit returns a listener that closes connections of an address which has too
// many open.
func Limit(l net.Listener) net.Listener {
	return &limited{Listener: l, open: map[netip.Addr]int{}}
}

type limited struct {
	net.Listener
	mu   sync.Mutex
	open map[netip.Addr]int
}

// Accept waits for a connection that is within the limit.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		address, err := netip.ParseAddrPort(c.RemoteAddr().String())
		if err != nil || l.enter(address.Addr()) {
			return &counted{Conn: c, leave: sync.OnceFunc(func() { l.leave(address.Addr()) })}, nil
		}
		_ = c.Close() // it was told nothing that it could miss
	}
}

func (l *limited) enter(a netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[a] >= mostConnections {
		return false
	}
	l.open[a]++
	return true
}

func (l *limited) leave(a netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[a]--; l.open[a] <= 0 {
		delete(l.open, a)
	}
}

// counted is a connection that counts until it is closed.
type counted struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}
