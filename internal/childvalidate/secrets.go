package childvalidate

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/redact"
)

const (
	// shortest is how many bytes a text has at least to be a secret: a shorter
	// one would be found in any word.
	shortest = 4
	// maxSecret bounds what is read of a file that may hold one.
	maxSecret = 64 << 10
)

// hide returns an output without secrets.
func hide(output []byte, secrets []string) []byte {
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // one may be part of another
	var pairs []string
	for _, s := range secrets {
		pairs = append(pairs, s, redact.Hidden)
	}
	return []byte(redact.Text(strings.NewReplacer(pairs...).Replace(string(output))))
}

// secretsOf are the texts that a child knows and nobody else should: the
// secrets of its configuration, its variables and the files it reads them from.
func secretsOf(config []byte, variables []string) []string {
	var whole, shown map[string]any
	if yaml.Unmarshal(config, &whole) != nil || yaml.Unmarshal(config, &shown) != nil {
		return nil // it was written a moment ago by us
	}
	found := map[string]bool{}
	compare(whole, redact.Configuration(shown), found)
	for _, variable := range variables {
		_, value, _ := strings.Cut(variable, "=")
		add(found, value)
	}
	for _, reference := range fileReference.FindAllSubmatch(config, -1) {
		add(found, readSecret(string(reference[1])))
	}
	var list []string
	for s := range found {
		list = append(list, s)
	}
	return list
}

var fileReference = regexp.MustCompile(`\$\{file:([^}]+)\}`)

// compare collects what is not shown.
func compare(whole, shown any, found map[string]bool) {
	switch w := whole.(type) {
	case map[string]any:
		s, _ := shown.(map[string]any)
		for key := range w {
			compare(w[key], s[key], found)
		}
	case []any:
		s, _ := shown.([]any)
		for i := range min(len(w), len(s)) {
			compare(w[i], s[i], found)
		}
	case nil:
	default:
		if whole != shown {
			add(found, fmt.Sprint(whole))
		}
	}
}

// add adds a text in the forms in which an error may have it.
func add(found map[string]bool, text string) {
	meant := strings.ReplaceAll(text, "$$", "$")
	for _, form := range []string{text, meant, strings.TrimSpace(meant), strings.Trim(strconv.Quote(meant), `"`)} {
		if len(form) >= shortest {
			found[form] = true
		}
	}
}

// readSecret is what a file holds, if that is one line.
func readSecret(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return "" // the child cannot read it either
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxSecret))
	content = bytes.TrimSpace(content)
	if err != nil || bytes.ContainsRune(content, '\n') {
		return ""
	}
	return string(content)
}
