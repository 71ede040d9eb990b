package validation

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const secretRemedy = "put it into a variable or a file of the host, and write ${env:NAME} or ${file:/path}"

// secretParts are parts of the names of fields that hold secrets: those that
// the components declare opaque, and what headers are called.
var secretParts = []string{
	"password", "passwd", "passphrase", "secret", "token", "credential", "authorization", "cookie",
	"api_key", "apikey", "api-key", "access_key", "access-key", "private_key", "key_pem", "connection_string", "dsn",
}

// plainEnds are the ends of the names of fields that are about a secret.
var plainEnds = []string{
	"_file", "_path", "_url", "_uri", "_name", "_id", "_type", "_header", "_endpoint", "_attribute", "_size", "_limit", "_timeout", "_interval", "_source",
}

// isSecret reports whether a field of this name holds one.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	if name == "pass" || name == "pwd" {
		return true
	}
	about := slices.ContainsFunc(plainEnds, func(end string) bool { return strings.HasSuffix(name, end) })
	return !about && slices.ContainsFunc(secretParts, func(part string) bool { return strings.Contains(name, part) })
}

// The secrets that URLs have.
var (
	user      = regexp.MustCompile(`\w://[^/?#\s"@:]*:[^/?#\s"@]+@`)
	parameter = regexp.MustCompile(`(?i)[?&][\w.-]*(?:token|passw|secret|api_?key|sig|credential)[\w.-]*=[^&#\s"]+`)
)

// secrets looks for literal secrets: by the names of fields first, then in
// URLs, and then by the rules of gitleaks in the whole text, comments included.
func (l *look) secrets(source []byte) {
	lines := map[int]bool{}
	scalars(l.root, "", "", func(path, key string, value *yaml.Node) {
		message := literal(key, value)
		if message == "" {
			return
		}
		l.find(CodeSecret, Error, value, path, message, secretRemedy)
		for i := range 1 + strings.Count(value.Value, "\n") {
			lines[value.Line+i] = true
		}
	})
	for _, leak := range leaks(source) {
		if !lines[leak.Line] {
			lines[leak.Line] = true
			l.add(leak)
		}
	}
}

// literal says which secret a value is; nothing if it is none.
func literal(key string, value *yaml.Node) string {
	text := expression.ReplaceAllStringFunc(value.Value, withoutReference)
	switch {
	case user.MatchString(text):
		return "has a password in a URL"
	case parameter.MatchString(text):
		return "has a secret in a URL's parameter"
	case strings.Contains(text, "PRIVATE KEY-----"):
		return "is a private key"
	case isSecret(key) && value.ShortTag() == "!!str" && withoutScheme(text) != "":
		return "is a secret that is written out"
	case isSecret(key) && value.ShortTag() == "!!int":
		return "is a secret that is written out"
	}
	return ""
}

// withoutReference is what an expression has written out: the value that a
// variable has when it is not set.
func withoutReference(expression string) string {
	if expression == "$$" {
		return expression
	}
	_, preset, _ := strings.Cut(expression, ":-")
	return strings.TrimSuffix(preset, "}")
}

// withoutScheme is what is secret in the value of a header.
func withoutScheme(text string) string {
	text = strings.TrimSpace(text)
	for _, scheme := range []string{"Bearer", "Basic", "Api-Token", "ApiKey"} {
		if strings.EqualFold(text, scheme) {
			return ""
		}
	}
	return text
}
