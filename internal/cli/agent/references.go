package agent

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// expression is what the collector expands: $$ comes first, for it stands for a
// $ and begins nothing.
var expression = regexp.MustCompile(`\$\$|\$\{[^}]*\}`)

// references lists the expressions of a configuration, each with the places
// that have it.
func references(config map[string]any) map[string][]string {
	all := map[string][]string{}
	collect(config, "", all)
	return all
}

func collect(value any, path string, all map[string][]string) {
	switch v := value.(type) {
	case string:
		for _, found := range expression.FindAllString(v, -1) {
			if found != "$$" && !slices.Contains(all[found], path) {
				all[found] = append(all[found], path)
			}
		}
	case []any:
		for i, item := range v {
			collect(item, fmt.Sprintf("%s::%d", path, i), all)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			collect(v[key], strings.TrimPrefix(path+"::"+key, "::"), all)
		}
	}
}

// remarks says what stays a reference, and what the collector needs for it.
func remarks(config map[string]any) (lines []string) {
	all := references(config)
	for _, text := range slices.Sorted(maps.Keys(all)) {
		line := fmt.Sprintf("%s stays a reference, in %s", text, strings.Join(all[text], ", "))
		if path, isFile := strings.CutPrefix(text, "${file:"); isFile {
			line += needs(strings.TrimSuffix(path, "}"))
		}
		lines = append(lines, line)
	}
	return lines
}

// needs says what is wrong with the file of a secret for a collector that reads
// it by itself, which takes the end of a line for a part of the secret.
func needs(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Sprintf("; it could not be looked at: %v", err)
	}
	if bytes.HasSuffix(content, []byte("\n")) {
		return fmt.Sprintf("; end %s without a new line, or headers with it are refused: printf %%s \"$(cat %s)\" > FILE", path, path)
	}
	return ""
}
