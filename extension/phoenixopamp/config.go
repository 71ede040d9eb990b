package phoenixopamp

import (
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/phoenix-platform/phoenix/internal/problems"
)

// Config says which server to report to, and where the page is.
type Config struct {
	// Server is who to report to.
	Server Server `mapstructure:"server"`
	// StateDirectory is where the agent's identity is kept, its token if it
	// enrolled, and the page's socket. It is made if it is not there.
	StateDirectory string `mapstructure:"state_directory"`
	// Labels are shown beside the host, by name.
	Labels map[string]string `mapstructure:"labels"`
	// HeartbeatInterval is how often the server hears of the agent at least. By
	// plain HTTP it is how often the server is asked.
	HeartbeatInterval time.Duration `mapstructure:"heartbeat_interval"`
	// Page is where the page of this machine is.
	Page Page `mapstructure:"page"`
}

// Server is an OpAMP server.
type Server struct {
	// Endpoint is its URL: ws and wss keep a connection, http and https ask
	// every heartbeat_interval. Empty: there is no server.
	Endpoint string `mapstructure:"endpoint"`
	// TokenFile holds the token that says who we are. It is read at each
	// connection. Empty: none is sent.
	TokenFile string `mapstructure:"token_file"`
	// EnrolmentTokenFile holds a token that is exchanged for one of the agent's
	// own while there is none. Empty: none is.
	EnrolmentTokenFile string `mapstructure:"enrolment_token_file"`
	// TLS is for wss and https.
	TLS TLS `mapstructure:"tls"`
}

// TLS says whom to trust, and who we are to the server.
type TLS struct {
	// CAFile is the certificate of who signs the server's. Empty: those that
	// the system trusts.
	CAFile string `mapstructure:"ca_file"`
	// CertFile and KeyFile are our own certificate. Empty: none is shown.
	CertFile string `mapstructure:"cert_file"`
	KeyFile  string `mapstructure:"key_file"`
}

// Page is where the page is served.
type Page struct {
	// Socket is the path of a Unix socket. Empty: page.sock in the state
	// directory.
	Socket string `mapstructure:"socket"`
	// Listen is a TCP address besides. Empty: none.
	Listen string `mapstructure:"listen"`
	// TokenFile holds the token that requests by TCP must bear.
	TokenFile string `mapstructure:"token_file"`
}

const (
	// longestSocket is how long the path of a Unix socket may be, in bytes.
	longestSocket = 107
	// mostLabels is how many labels there may be, each of longestLabel bytes.
	mostLabels, longestLabel = 64, 256
)

func createDefaultConfig() component.Config {
	return &Config{
		StateDirectory:    "/var/lib/otelcol-phoenix",
		Labels:            map[string]string{},
		HeartbeatInterval: 30 * time.Second,
	}
}

// Validate reports every problem of the values that are not of a type with a
// Validate of its own.
func (c *Config) Validate() error {
	var p problems.List
	p.Check(filepath.IsAbs(c.StateDirectory), "state_directory: must be an absolute path, got %q; drop the key to use /var/lib/otelcol-phoenix", c.StateDirectory)
	p.Check(c.HeartbeatInterval >= time.Second, "heartbeat_interval: %s is below 1s; raise it, or drop the key to use 30s", c.HeartbeatInterval)
	p.Check(len(c.Labels) <= mostLabels, "labels: there are %d, and at most %d may be; drop some", len(c.Labels), mostLabels)
	for name, value := range c.Labels {
		p.Check(!slices.Contains(described, name), "labels: %s is what the agent says of itself; give the label another name", name)
		p.Check(name != "" && len(name) <= longestLabel && len(value) <= longestLabel, "labels: %.20q is empty, or longer than %d bytes with its value; shorten it", name, longestLabel)
	}
	socket := c.socket()
	p.Check(len(socket) <= longestSocket, "page.socket: %s has %d bytes, and the path of a socket at most %d; give a shorter one", socket, len(socket), longestSocket)
	slices.Sort(p)
	return p.Err()
}

// Validate reports every problem of the server's keys.
func (s *Server) Validate() error {
	var p problems.List
	if s.Endpoint != "" {
		s.checkEndpoint(&p)
	}
	p.Check(s.Endpoint != "" || s.EnrolmentTokenFile == "", "enrolment_token_file: there is no endpoint to enrol with; give one, or drop the key")
	p.Check(s.Endpoint != "" || s.TokenFile == "", "token_file: there is no endpoint to send it to; give one, or drop the key")
	return p.Err()
}

func (s *Server) checkEndpoint(p *problems.List) {
	u, err := url.Parse(s.Endpoint)
	if err != nil || u.Host == "" {
		p.Check(false, "endpoint: is not a URL; write it like wss://phoenix.example.com/v1/opamp") // which may hold a secret
		return
	}
	p.Check(slices.Contains([]string{"ws", "wss", "http", "https"}, u.Scheme), "endpoint: has the scheme %q; use ws, wss, http or https", u.Scheme)
	p.Check(u.User == nil && u.RawQuery == "" && u.Fragment == "", "endpoint: must have no user, query or fragment, which would be shown; put the secret into token_file")
	p.Check(s.TLS == TLS{} || u.Scheme != "ws" && u.Scheme != "http", "tls: is of no use with %s; use wss or https, or drop the key", u.Scheme)
}

// Validate reports every problem of the TLS keys.
func (t *TLS) Validate() error {
	var p problems.List
	p.Check((t.CertFile == "") == (t.KeyFile == ""), "cert_file: goes with key_file; give both or neither")
	return p.Err()
}

// Validate reports every problem of the page's keys.
func (p *Page) Validate() error {
	var l problems.List
	if p.Listen != "" {
		_, _, err := net.SplitHostPort(p.Listen)
		l.Check(err == nil, "listen: %q is no address; write it like 127.0.0.1:13134", p.Listen)
	}
	l.Check(p.Listen == "" || p.TokenFile != "", "token_file: is missing; everybody who reaches %s could read the page otherwise", p.Listen)
	l.Check(p.Listen != "" || p.TokenFile == "", "token_file: the socket needs none; give listen, or drop the key")
	return l.Err()
}

// socket returns the path of the page's socket.
func (c *Config) socket() string {
	if c.Page.Socket != "" {
		return c.Page.Socket
	}
	return filepath.Join(c.StateDirectory, "page.sock")
}

// encrypted says whether nobody on the way can read what is sent.
func (s *Server) encrypted() bool {
	return strings.HasPrefix(s.Endpoint, "wss:") || strings.HasPrefix(s.Endpoint, "https:")
}

// polled says whether the server is asked by plain HTTP.
func (s *Server) polled() bool { return strings.HasPrefix(s.Endpoint, "http") }
