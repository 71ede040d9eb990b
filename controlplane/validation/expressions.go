package validation

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// expression is a ${…} that the collector would expand; $$ is none.
var expression = regexp.MustCompile(`\$\$|\$\{[^{}]*\}?`)

// The expressions that mean a value of the host.
var (
	variable = regexp.MustCompile(`^\$\{(env:[a-zA-Z_][a-zA-Z0-9_]*(:-[^{}]*)?|[a-zA-Z_][a-zA-Z0-9_]*)\}$`)
	file     = regexp.MustCompile(`^\$\{file:/[^{}]+\}$`)
)

// expressions looks for what would be fetched from elsewhere. Nothing is.
func (l *look) expressions() {
	scalars(l.root, "", "", func(path, _ string, value *yaml.Node) {
		for _, found := range expression.FindAllString(value.Value, -1) {
			if found == "$$" || variable.MatchString(found) || file.MatchString(found) {
				continue
			}
			l.find(CodeExpression, Error, value, path, "has the expression "+quote(scheme(found)), "use ${env:NAME} or ${file:/path}, or write $$ for a $")
			return
		}
	})
}

// scheme is an expression without what it leads to, which may be a secret.
func scheme(expression string) string {
	if before, _, ok := strings.Cut(expression, ":"); ok {
		return before + ":…}"
	}
	return expression
}

// inert returns a value in which only variables are left to expand: a child
// reads no files for a configuration, and fetches nothing.
func inert(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			v[key] = inert(v[key])
		}
	case []any:
		for i := range v {
			v[i] = inert(v[i])
		}
	case string:
		return expression.ReplaceAllStringFunc(v, func(found string) string {
			if found == "$$" || variable.MatchString(found) {
				return found
			}
			return "$" + found
		})
	}
	return value
}

// isInert reports whether a value has what a collector here is not shown.
func isInert(value *yaml.Node) bool {
	return value.Kind == yaml.ScalarNode && inert(value.Value) != value.Value
}

// hasVariable reports whether there is a variable below a node.
func hasVariable(node *yaml.Node) (found bool) {
	if node == nil {
		return false
	}
	scalars(node, "", "", func(_, _ string, value *yaml.Node) {
		found = found || slices.ContainsFunc(expression.FindAllString(value.Value, -1), variable.MatchString)
	})
	return found
}
