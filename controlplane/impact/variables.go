package impact

import (
	"regexp"
	"strings"
)

// The variables of Grafana: as a duration, where a matcher compares with one,
// and anywhere else.
var (
	duration = regexp.MustCompile(`\[\s*(?:\$\{?\w+(?::\w+)?\}?)\s*(:[^\]]*)?\]`)
	matched  = regexp.MustCompile(`(=~?|!=|!~)\s*"([^"]*\$\{?\w+[^"]*)"`)
	variable = regexp.MustCompile(`\$\{\w+(?::\w+)?\}|\$\w+|\[\[\w+\]\]`)
)

// plain returns a query of a dashboard without variables: as a duration one is
// five minutes, and compared with it is everything.
func plain(expr string) string {
	expr = duration.ReplaceAllString(expr, "[5m$1]")
	expr = matched.ReplaceAllStringFunc(expr, func(m string) string {
		if strings.HasPrefix(m, "!") {
			return `!=""`
		}
		return `=~".*"`
	})
	return variable.ReplaceAllString(expr, "1")
}
