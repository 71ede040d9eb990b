package agentfile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/phoenix-platform/phoenix/internal/problems"
)

// Allow says what a remote configuration may say. What is not in it is refused.
type Allow struct {
	// Templates allows what the templates of the catalog say.
	Templates bool `yaml:"templates"`
	// Components are further component types and their fields, by
	// receivers/TYPE, processors/TYPE or exporters/TYPE.
	Components map[string]Fields `yaml:"components"`
	// Endpoints are the URLs, or host:port, that fields of type endpoint may
	// have.
	Endpoints []string `yaml:"endpoints"`
	// Secrets are the references that may be used, each in one place.
	Secrets []Secret `yaml:"secrets"`
}

// Fields are the fields of a component type by their paths: keys joined by ::,
// [] for the items of a list and * for any key.
type Fields map[string]Field

// Field is what one field may be.
type Field struct {
	// Type is boolean, integer, number, string, duration or endpoint; for a path
	// that ends in [] that of the items, map if they have fields.
	Type string `yaml:"type"`
	// Min and Max bound numbers and durations. Max bounds the bytes of a string
	// too. Empty: no bound, and 1000 bytes.
	Min string `yaml:"min"`
	Max string `yaml:"max"`
	// Values are the possible ones. Empty: any.
	Values []string `yaml:"values"`
	// MaxItems bounds a list, for a path that ends in []. 0: 100.
	MaxItems int `yaml:"max_items"`
}

// Secret binds a reference to the one place that it may be used in.
type Secret struct {
	// Use is ${env:NAME} or ${file:/whole/path}.
	Use string `yaml:"use"`
	// Component is the id of the exporter, such as otlphttp/phoenix-backup.
	Component string `yaml:"component"`
	// Field is the path of the field, such as headers::api-key.
	Field string `yaml:"field"`
	// Endpoint is what the exporter's endpoint must be.
	Endpoint string `yaml:"endpoint"`
}

// The types of fields.
const (
	Boolean  = "boolean"
	Integer  = "integer"
	Number   = "number"
	String   = "string"
	Duration = "duration"
	Endpoint = "endpoint"
	Map      = "map"
)

var (
	fieldTypes = []string{Boolean, Integer, Number, String, Duration, Endpoint, Map}
	typeKey    = regexp.MustCompile(`^(receivers|processors|exporters)/[a-zA-Z][0-9a-zA-Z_]{0,62}$`)
	// exporterID is the id of a remote exporter.
	exporterID = regexp.MustCompile(`^[a-zA-Z][0-9a-zA-Z_]{0,62}/phoenix[0-9A-Za-z_.-]*$`)
)

// ReachesOut reports whether a key makes a component read or write files, use
// an extension, or send elsewhere than its endpoint says. No remote
// configuration may set it, whatever the agent file allows.
func ReachesOut(key string) bool {
	switch key {
	case "path", "root_path", "directory", "storage", "auth", "authenticator", "middlewares", "proxy_url",
		"insecure_skip_verify", "include_dir", "config_files", "scrape_configs", "from_context", "tpm":
		return true
	}
	return strings.HasSuffix(key, "_file") || strings.HasSuffix(key, "_dir")
}

func (a Allow) check(p *problems.List) {
	for _, component := range slices.Sorted(maps.Keys(a.Components)) {
		key := "allow::components::" + component
		p.Check(typeKey.MatchString(component), "%s: is not a kind and a type; write receivers/, processors/ or exporters/ and a type, such as processors/topk", key)
		for _, path := range slices.Sorted(maps.Keys(a.Components[component])) {
			a.Components[component][path].check(p, fmt.Sprintf("%s: %s", key, path), path)
		}
	}
	for i, endpoint := range a.Endpoints {
		p.Check(isEndpoint(endpoint), "allow::endpoints::%d: %q is neither a URL nor host:port; write one such as https://otel.example.com:4318", i, endpoint)
	}
	for i, s := range a.Secrets {
		s.check(p, fmt.Sprintf("allow::secrets::%d", i))
	}
}

func (s Secret) check(p *problems.List, key string) {
	_, err := ParseReference(s.Use)
	p.Check(err == nil, "%s::use: %v", key, err)
	p.Check(exporterID.MatchString(s.Component), "%s::component: %q is not the id of a remote exporter; write one such as otlphttp/phoenix-backup", key, s.Component)
	p.Check(s.Field != "", "%s::field: is empty; name the one field that may hold the secret, such as headers::api-key", key)
	p.Check(isEndpoint(s.Endpoint), "%s::endpoint: %q is neither a URL nor host:port; say where the secret may be sent", key, s.Endpoint)
}

func isEndpoint(s string) bool {
	return isURL(s, "http", "https") || hostPort.MatchString(s)
}

var hostPort = regexp.MustCompile(`^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$`)
