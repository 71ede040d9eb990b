package httpapi

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

// caller is a connection from an address.
type caller struct {
	net.Conn
	from   string
	closed bool
}

func (c *caller) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.from))
}
func (c *caller) Close() error { c.closed = true; return nil }

// callers come one after the other.
type callers struct {
	net.Listener
	next []*caller
}

var errNoMore = errors.New("no more")

func (c *callers) Accept() (net.Conn, error) {
	if len(c.next) == 0 {
		return nil, errNoMore
	}
	first := c.next[0]
	c.next = c.next[1:]
	return first, nil
}

// TestAnAddressHasSoManyConnections is at the edge and past it. Another address
// still gets in, and so does the first once it has closed one.
func TestAnAddressHasSoManyConnections(t *testing.T) {
	come := &callers{}
	l := Limit(come)
	var open []net.Conn
	accept := func(c *caller) {
		come.next = append(come.next, c)
		conn, err := l.Accept()
		if err == nil {
			open = append(open, conn)
		}
	}
	for range mostConnections {
		accept(&caller{from: "192.0.2.1:1"})
	}
	require.Len(t, open, mostConnections)
	late, other := &caller{from: "192.0.2.1:2"}, &caller{from: "192.0.2.2:1"}
	accept(late)
	require.Len(t, open, mostConnections)
	require.True(t, late.closed)
	accept(other)
	require.False(t, other.closed)

	require.NoError(t, open[0].Close())
	require.NoError(t, open[0].Close(), "a second time counts nothing")
	again, tooMany := &caller{from: "192.0.2.1:3"}, &caller{from: "192.0.2.1:4"}
	accept(again)
	accept(tooMany)
	require.False(t, again.closed)
	require.True(t, tooMany.closed)
}

// TestSilentPeersEnd requires each limit of time that a server of net/http has.
func TestSilentPeersEnd(t *testing.T) {
	h := NewHTTPServer(&Server{})
	require.NotZero(t, h.ReadHeaderTimeout)
	require.NotZero(t, h.ReadTimeout)
	require.NotZero(t, h.WriteTimeout)
	require.NotZero(t, h.IdleTimeout)
}

// TestWhereARequestComesFrom believes proxies that are on the list, and of
// others nothing.
func TestWhereARequestComesFrom(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for _, c := range []struct{ remote, said, want string }{
		{"192.0.2.1:5", "", "192.0.2.1"},
		{"192.0.2.1:5", "198.51.100.7", "192.0.2.1"},
		{"10.0.0.1:5", "198.51.100.7", "198.51.100.7"},
		{"[::ffff:10.0.0.1]:5", "198.51.100.7", "198.51.100.7"},
		{"[::1]:5", "198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:5", "203.0.113.9, 198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:5", "198.51.100.7, 10.0.0.2", "198.51.100.7"},
		{"10.0.0.1:5", "10.0.0.3", "10.0.0.3"},
		{"10.0.0.1:5", "<script>", "10.0.0.1"},
		{"10.0.0.1:5", "", "10.0.0.1"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": {c.said}}}
		require.Equal(t, c.want, senderOf(r, proxies), "%+v", c)
	}
}
