package agentfile

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/phoenix-platform/phoenix/internal/problems"
)

// Destination is an exporter that remote configurations may refer to and cannot
// look into.
type Destination struct {
	// Type is otlphttp (the default) or otlp.
	Type string `yaml:"type"`
	// Endpoint is the base URL for otlphttp, host:port for otlp.
	Endpoint string `yaml:"endpoint"`
	// Headers go along with every request.
	Headers map[string]string `yaml:"headers"`
	// TLS is for endpoints that are not http.
	TLS TLS `yaml:"tls"`
	// Auth is the id of an authenticator among the extensions of the owner's
	// files. Empty: none.
	Auth string `yaml:"auth"`
	// Settings are further keys of the exporter, as in a collector
	// configuration.
	Settings map[string]any `yaml:"settings"`
}

const (
	otlpHTTP = "otlphttp"
	otlpGRPC = "otlp"
)

var destinationName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)

// ID is the id that the destination of this name has as an exporter.
func (d Destination) ID(name string) string { return d.Type + "/" + name }

// Exporter is the destination as an exporter's configuration. References in it
// are as they are in the agent file.
func (d Destination) Exporter() map[string]any {
	e := map[string]any{
		"endpoint": d.Endpoint,
		// One sender and batches made here, as in the templates: what waited
		// arrives in order, and no pipeline has to copy anything.
		"sending_queue": map[string]any{
			"enabled": true, "num_consumers": 1,
			"batch": map[string]any{"flush_timeout": "5s", "min_size": 8192},
		},
	}
	if len(d.Headers) > 0 {
		headers := map[string]any{}
		for name, value := range d.Headers {
			headers[name] = value
		}
		e["headers"] = headers
	}
	if tls := d.TLS.settings(); len(tls) > 0 {
		e["tls"] = tls
	}
	if d.Auth != "" {
		e["auth"] = map[string]any{"authenticator": d.Auth}
	}
	maps.Copy(e, d.Settings)
	return e
}

// MetricExporter is the destination as the OTLP exporter of a reader of the
// collector's own metrics, of which it has the endpoint, the headers and TLS.
func (d Destination) MetricExporter() map[string]any {
	e := map[string]any{
		"protocol": "http/protobuf", "endpoint": strings.TrimSuffix(d.Endpoint, "/") + "/v1/metrics",
		"certificate": d.TLS.CAFile, "client_certificate": d.TLS.CertFile, "client_key": d.TLS.KeyFile,
	}
	if d.Type == otlpGRPC {
		e["protocol"], e["endpoint"] = "grpc", "https://"+d.Endpoint
	}
	maps.DeleteFunc(e, func(_ string, v any) bool { return v == "" })
	headers := make([]any, 0, len(d.Headers))
	for _, name := range slices.Sorted(maps.Keys(d.Headers)) {
		headers = append(headers, map[string]any{"name": name, "value": d.Headers[name]})
	}
	if len(headers) > 0 {
		e["headers"] = headers
	}
	return e
}

// settings are the keys that are set, as the collector calls them.
func (t TLS) settings() map[string]any {
	s := map[string]any{"ca_file": t.CAFile, "cert_file": t.CertFile, "key_file": t.KeyFile}
	maps.DeleteFunc(s, func(_ string, v any) bool { return v == "" })
	return s
}

// check reports every problem of the destination.
func (d Destination) check(p *problems.List, key string) {
	p.Check(d.Type == otlpHTTP || d.Type == otlpGRPC, "%s::type: must be otlphttp or otlp, got %q; drop the key to use otlphttp", key, d.Type)
	switch d.Type {
	case otlpHTTP:
		p.Check(isURL(d.Endpoint, "http", "https"), "%s::endpoint: %q is not the URL of a server; write one such as https://otel.example.com:4318", key, d.Endpoint)
	case otlpGRPC:
		p.Check(hostPort.MatchString(d.Endpoint), "%s::endpoint: %q is not host:port; write one such as otel.example.com:4317", key, d.Endpoint)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Headers)) {
		CheckReferences(p, key+"::headers::"+name, d.Headers[name])
	}
	for _, name := range slices.Sorted(maps.Keys(d.Settings)) {
		_, twice := map[string]bool{"endpoint": true, "headers": true, "auth": true, "tls": true}[name]
		p.Check(!twice, "%s::settings::%s: is a key of the destination itself; move it one level up", key, name)
		checkReferencesIn(p, key+"::settings::"+name, d.Settings[name])
	}
	d.TLS.check(p, key+"::tls")
}

func (t TLS) check(p *problems.List, key string) {
	p.Check((t.CertFile == "") == (t.KeyFile == ""), "%s: cert_file and key_file need each other; give both, or neither", key)
	checkPath(p, key+"::ca_file", t.CAFile)
	checkPath(p, key+"::cert_file", t.CertFile)
	checkPath(p, key+"::key_file", t.KeyFile)
}

// isURL reports whether s is a URL with a host and one of the schemes, and
// without a user, a query or a fragment.
func isURL(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	return err == nil && slices.Contains(schemes, u.Scheme) && u.Hostname() != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == "" && !strings.ContainsAny(s, "${}")
}
