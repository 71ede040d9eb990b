// Package section keeps parts of a Markdown file that tests write: what is
// between <!-- begin NAME --> and <!-- end NAME -->, each on a line of its own.
package section

import (
	"fmt"
	"strings"
)

// Replace returns text with body as its section of this name.
func Replace(text, name, body string) (string, error) {
	begin, end := marker("begin", name), marker("end", name)
	before, rest, ok := strings.Cut(text, begin)
	if !ok {
		return "", fmt.Errorf("there is no line %s", strings.TrimSpace(begin))
	}
	_, after, ok := strings.Cut(rest, end)
	if !ok {
		return "", fmt.Errorf("there is no line %s behind %s", strings.TrimSpace(end), strings.TrimSpace(begin))
	}
	return before + begin + "\n" + strings.TrimSpace(body) + "\n\n" + end + after, nil
}

func marker(edge, name string) string { return fmt.Sprintf("<!-- %s %s -->\n", edge, name) }
