package cli

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/term"

	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
)

// hosts are the names by which the server may be called.
func (s settings) hosts() []string {
	host, _, err := net.SplitHostPort(s.Listen)
	if err != nil || host == "" {
		return s.AllowedHosts
	}
	return append([]string{host}, s.AllowedHosts...)
}

// listen opens the listener, which is encrypted unless it is on this machine or
// the user wants it open.
func (p *plane) listen(set settings) (net.Listener, error) {
	certificate, err := p.dir.certificate(set)
	if err != nil {
		return nil, err
	}
	if certificate == nil && !set.loopback() {
		if !set.Insecure {
			return nil, fmt.Errorf("listen: %s is reached from other machines, and there is no certificate; run phoenix-controlplane init, give --tls-cert and --tls-key, or --insecure", set.Listen)
		}
		p.log.Warn("INSECURE: the API is not encrypted; tokens and configurations can be read on the way", "listen", set.Listen)
	}
	l, err := net.Listen("tcp", set.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w; give another --listen", err)
	}
	l = httpapi.Limit(l)
	if certificate == nil {
		return l, nil
	}
	return tls.NewListener(l, &tls.Config{
		Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	}), nil
}

// greet says where the API is. A first token is shown to people only, not to
// what keeps the output.
func (p *plane) greet(l net.Listener, token string, stdout io.Writer) {
	fmt.Fprintf(stdout, "listening on %s\n", l.Addr())
	if token == "" {
		return
	}
	p.log.Info("this is the first start: an administrator's token was written; exchange it once with POST /api/v1/tokens/exchange", "file", p.dir.firstToken())
	if f, ok := stdout.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprintf(stdout, "first token: %s\n", token)
	}
}
