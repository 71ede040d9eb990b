// Package redact hides secrets in a collector's configuration and in texts
// about it, so that both can be shown: what is named like a secret, and what
// URLs have of them. Where a secret comes from is shown.
package redact

import (
	"maps"
	"regexp"
	"strings"

	"go.opentelemetry.io/collector/config/configopaque"
)

// Hidden stands for what is not shown, as the collector writes it itself.
var Hidden = func() string {
	text, _ := configopaque.String("").MarshalText()
	return string(text)
}()

// secret are parts of the names of keys whose values are not shown, whatever
// they are: rather one too many than one too few.
var secret = []string{
	"token", "password", "passwd", "passphrase", "secret", "credential", "auth_header", "authorization",
	"cookie", "key", "dsn", "connection_string", "headers", "connect_header", "auth_users", "environment", "argv", "command_line",
}

// path are the ends of the names of keys that name a file with a secret.
var path = []string{"_file", "_path"}

// exactly are the names of keys with a part of the above, or none, that are
// told apart by the whole name. An action of the attributes processor has a
// key, which is an attribute's name.
var exactly = map[string]bool{"key": false, "env": true, "args": true, "pass": true, "pwd": true}

func isSecret(key string) bool {
	key = strings.ToLower(key)
	if whole, ok := exactly[key]; ok {
		return whole
	}
	for _, end := range path {
		if strings.HasSuffix(key, end) {
			return false
		}
	}
	for _, part := range secret {
		if strings.Contains(key, part) {
			return true
		}
	}
	return false
}

// sections are those of a configuration whose keys are components' ids, which
// may be named like a secret and are none.
var sections = []string{"receivers", "processors", "exporters", "connectors", "extensions"}

// Configuration returns a collector's configuration without its secrets.
// It changes the maps.
func Configuration(conf map[string]any) map[string]any {
	rest := maps.Clone(conf)
	for _, name := range sections {
		if components, ok := conf[name].(map[string]any); ok {
			delete(rest, name)
			for id, component := range components {
				components[id] = of(component)
			}
		}
	}
	of(rest)
	maps.Copy(conf, rest)
	return conf
}

// of returns a part of a configuration without its secrets: the values of keys that
// are named like one, and what URLs have of them. It changes the maps.
func of(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, below := range v {
			if isSecret(key) {
				v[key] = hide(below)
			} else {
				v[key] = of(below)
			}
		}
	case []any:
		for i := range v {
			v[i] = of(v[i])
		}
	case string:
		return Text(v)
	}
	return value
}

// hide hides all values below a key, and leaves the names.
func hide(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			v[key] = hide(v[key])
		}
	case []any:
		for i := range v {
			v[i] = hide(v[i])
		}
	case nil, bool:
	case string:
		if !reference.MatchString(v) && v != "" {
			return Hidden
		}
	default:
		return Hidden
	}
	return value
}

var (
	// reference is where a value comes from, without one to use instead.
	reference = regexp.MustCompile(`^\$\{(env|file):[^${}:]+\}$`)
	// user is what precedes the host in a URL: all before the last @.
	user = regexp.MustCompile(`(\w://)[^/?#\s"]*@`)
	// parameter is one of a URL's that is named like a secret.
	parameter = regexp.MustCompile(`(?i)([?&][\w.-]*(?:token|passw|secret|key|sig|auth|credential)[\w.-]*=)[^&#\s"]+`)
	// private is a private key, or what there is of one.
	private = regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*-----\s*|$)`)
)

// Text returns a text without private keys and what its URLs have of secrets.
func Text(text string) string {
	text = private.ReplaceAllLiteralString(text, Hidden)
	text = user.ReplaceAllString(text, "${1}"+Hidden+"@")
	return parameter.ReplaceAllString(text, "${1}"+Hidden)
}
