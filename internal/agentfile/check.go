package agentfile

import (
	"maps"
	"net"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/phoenix-platform/phoenix/internal/problems"
)

const (
	minHealthy  = time.Second
	maxHealthy  = time.Hour
	minInterval = time.Second
	maxInterval = time.Hour
	maxLabels   = 32
	maxLabel    = 128 // bytes of a name or a value
	maxSocket   = 107 // bytes of the path of a Unix socket
)

// described are the attributes that an agent has of itself.
var described = []string{"service.name", "service.version", "service.instance.id", "host.name", "host.id", "os.type"}

func (s Server) check(p *problems.List) {
	if s.Endpoint == "" {
		p.Check(s == Server{}, "server::endpoint: is missing; write one such as wss://phoenix.example.com/v1/opamp, or drop server: the agent runs without one, too")
		return
	}
	p.Check(isURL(s.Endpoint, "wss", "ws", "https", "http"),
		"server::endpoint: %q is not the URL of an OpAMP server; write one such as wss://phoenix.example.com/v1/opamp", s.Endpoint)
	checkPath(p, "server::token_file", s.TokenFile)
	checkPath(p, "server::enrolment_token_file", s.EnrolmentTokenFile)
	s.TLS.check(p, "server::tls")
	plain := strings.HasPrefix(s.Endpoint, "ws:") || strings.HasPrefix(s.Endpoint, "http:")
	p.Check(!plain || s.TLS == TLS{}, "server::tls: the endpoint is not encrypted; write wss:// or https://, or drop the key")
}

func checkPath(p *problems.List, key, path string) {
	p.Check(path == "" || absolute(path), "%s: %q is not a whole path; begin it with /", key, path)
}

func (f *File) checkLabels(p *problems.List) {
	p.Check(len(f.Labels) <= maxLabels, "labels: has %d, at most %d are possible; remove some", len(f.Labels), maxLabels)
	for _, name := range slices.Sorted(maps.Keys(f.Labels)) {
		p.Check(isLabel(name) && name != "", "labels::%q: is not a name; use up to %d bytes that can be printed", name, maxLabel)
		p.Check(!slices.Contains(described, name), "labels::%s: is what the agent says of itself; use another name", name)
		p.Check(isLabel(f.Labels[name]), "labels::%s: has more than %d bytes, or some that cannot be printed", name, maxLabel)
	}
}

func isLabel(s string) bool {
	return len(s) <= maxLabel && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func (f *File) checkDestinations(p *problems.List) {
	for _, name := range slices.Sorted(maps.Keys(f.Destinations)) {
		key := "destinations::" + name
		p.Check(destinationName.MatchString(name), "%s: is not a name; use letters, digits, dots and dashes", key)
		p.Check(!strings.HasPrefix(name, "phoenix"), "%s: names that begin with phoenix are those of remote components; use another one", key)
		f.Destinations[name].check(p, key)
	}
}

// checkSocket looks at the path that the page's socket will have.
func (f *File) checkSocket(p *problems.List) {
	placed := f.socket()
	p.Check(len(placed) <= maxSocket, "page::socket: %s has %d bytes, and the path of a socket at most %d; give a shorter one", placed, len(placed), maxSocket)
}

func (s Page) check(p *problems.List) {
	checkPath(p, "page::socket", s.Socket)
	p.Check(s.Listen != "" || s.TokenFile == "", "page::token_file: the socket needs none; give listen, or drop the key")
	checkPath(p, "page::token_file", s.TokenFile)
	if s.Listen == "" {
		return
	}
	_, _, err := net.SplitHostPort(s.Listen)
	p.Check(err == nil, "page::listen: %q is not host:port; write one such as 127.0.0.1:55690", s.Listen)
	p.Check(s.TokenFile != "", "page::token_file: is needed for page::listen, for anybody on the network could ask; name a file with a token, or drop listen and use the socket")
}

func (f *File) checkTelemetry(p *problems.List) {
	t := f.Telemetry
	_, known := f.Destinations[t.Destination]
	p.Check(t.Destination == "" || known, "telemetry::destination: %q is not one of destinations, which are %s", t.Destination, f.names())
	p.Check(f.Destinations[t.Destination].Auth == "", "telemetry::destination: %s has an authenticator, which the collector's own metrics cannot use; name one with headers", t.Destination)
	p.Check(t.Interval >= minInterval && t.Interval <= maxInterval,
		"telemetry::interval: must be between %s and %s, got %s; drop the key to use 30s", minInterval, maxInterval, t.Interval)
	p.Check(t.Records == "" || isURL(t.Records, "http", "https"), "telemetry::records: %q is not the URL of a server; drop the key to send no records", t.Records)
}

// names lists the destinations in a sentence.
func (f *File) names() string {
	if len(f.Destinations) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(f.Destinations)), ", ")
}
