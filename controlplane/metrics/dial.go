package metrics

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// dialer connects to the Prometheus, whatever address its name has by then.
var dialer = net.Dialer{
	Timeout: 10 * time.Second,
	Control: func(_, address string, _ syscall.RawConn) error { return checkAddress(address) },
}

// metadata are addresses by which clouds give their machines credentials away,
// and which are not link-local.
var metadata = []netip.Addr{
	netip.MustParseAddr("fd00:ec2::254"),
	netip.MustParseAddr("100.100.100.200"),
}

// checkAddress refuses addresses that no Prometheus has.
func checkAddress(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dial %.100q: %w", address, err)
	}
	if ip := at.Addr().Unmap().WithZone(""); ip.IsLinkLocalUnicast() || slices.Contains(metadata, ip) {
		return fmt.Errorf("dial %s: it is an address of a cloud's metadata or of a single link; give that of a Prometheus", ip)
	}
	return nil
}
