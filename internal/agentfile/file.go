package agentfile

import (
	"path/filepath"
	"time"
)

// File is an agent file.
type File struct {
	// Server is the OpAMP server that the agent obeys. Without an endpoint there
	// is none, and the agent runs what it has.
	Server Server `yaml:"server"`
	// StateDir is the directory of what the agent remembers: who it is, and the
	// remote configurations. Nobody else writes there.
	StateDir string `yaml:"state_directory"`
	// MinHealthyTime is for how long a new configuration must have worked before
	// it is confirmed.
	MinHealthyTime time.Duration `yaml:"min_healthy_time"`
	// Labels are shown at the server. Nothing is selected by them.
	Labels map[string]string `yaml:"labels"`
	// Bootstrap is the file that takes the place of a remote configuration
	// until there is one. Empty: there is nothing but the owner's files.
	Bootstrap string `yaml:"bootstrap"`
	// ConfigFiles are the owner's own collector configurations, merged in this
	// order. No remote configuration changes anything in them.
	ConfigFiles []string `yaml:"config_files"`
	// Destinations are exporters that remote configurations may refer to, by
	// name. Their ids are those of [Destination.ID].
	Destinations map[string]Destination `yaml:"destinations"`
	// Allow says what a remote configuration may say.
	Allow Allow `yaml:"allow"`
	// Page is the local status page.
	Page Page `yaml:"page"`
	// Telemetry is what the agent tells about itself and its pipelines.
	Telemetry Telemetry `yaml:"telemetry"`

	fingerprint string
}

// Server is how the agent reaches its OpAMP server.
type Server struct {
	// Endpoint is a URL: wss and ws for WebSocket, https and http for polling.
	Endpoint string `yaml:"endpoint"`
	// TokenFile holds the token that the agent shows.
	TokenFile string `yaml:"token_file"`
	// EnrolmentTokenFile holds the token for the first time, when the agent has
	// none of its own yet.
	EnrolmentTokenFile string `yaml:"enrolment_token_file"`
	// TLS is for wss and https.
	TLS TLS `yaml:"tls"`
}

// TLS names the files of a connection's certificates. Empty: the system's
// authorities, and no certificate of our own.
type TLS struct {
	CAFile   string `yaml:"ca_file"`
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

// Page is where the local status page can be read.
type Page struct {
	// Socket is a Unix socket. Empty: page.sock in the state directory.
	Socket string `yaml:"socket"`
	// Listen is an address for TCP. Empty: none.
	Listen string `yaml:"listen"`
	// TokenFile holds what readers over TCP must show.
	TokenFile string `yaml:"token_file"`
}

// Telemetry is what the agent tells about itself and its pipelines.
type Telemetry struct {
	// Destination is the name of the destination that the collector's own
	// metrics go to. Empty: nowhere.
	Destination string `yaml:"destination"`
	// Interval is the time between two of their exports.
	Interval time.Duration `yaml:"interval"`
	// Records is the base URL that the meters around remote pipelines send their
	// records to. Empty: nowhere.
	Records string `yaml:"records"`
}

// Fingerprint is the SHA-256 of the file's content, in hexadecimal: what is
// blocked under one agent file may work under another.
func (f *File) Fingerprint() string { return f.fingerprint }

func defaults() *File {
	return &File{
		StateDir:       "/var/lib/otelcol-phoenix",
		MinHealthyTime: 10 * time.Second,
		Allow:          Allow{Templates: true},
		Telemetry:      Telemetry{Interval: 30 * time.Second},
	}
}

// complete sets what destinations leave out.
func (f *File) complete() {
	for name, d := range f.Destinations {
		if d.Type == "" {
			d.Type = otlpHTTP
			f.Destinations[name] = d
		}
	}
}

// place sets the socket's default.
func (f *File) place() { f.Page.Socket = f.socket() }

// socket is where the page's socket is: without a path in the state directory.
func (f *File) socket() string {
	if f.Page.Socket != "" {
		return f.Page.Socket
	}
	return filepath.Join(f.StateDir, "page.sock")
}
