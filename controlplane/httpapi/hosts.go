package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// hosts are the names by which the server may be called. A page of another
// site that had its name point to this machine (DNS rebinding) calls it by
// that.
type hosts map[string]bool

func newHosts(names []string) hosts {
	h := hosts{"localhost": true, "127.0.0.1": true, "::1": true}
	for _, n := range names {
		h[canonical(n)] = true
	}
	return h
}

// canonical is a host without port, brackets, and the dot at its end.
func canonical(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	return strings.ToLower(host)
}

// check answers a request for another host with 421.
func (h hosts) check(w http.ResponseWriter, r *http.Request) bool {
	if h[canonical(r.Host)] {
		return true
	}
	p := newProblem(http.StatusMisdirectedRequest, "this server does not answer to the name in the Host header")
	p.Hint = "call it by its own name, or add the name to allowed-hosts"
	writeProblem(w, r, p)
	return false
}

// senderOf is the address that a request comes from. What proxies say of it
// counts only if the proxy is on the list.
func senderOf(r *http.Request, proxies []netip.Prefix) string {
	address, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	from := address.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && listed(from, proxies); i-- {
		before, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		from = before.Unmap()
	}
	return from.WithZone("").String()
}

func listed(a netip.Addr, prefixes []netip.Prefix) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
