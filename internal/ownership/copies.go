package ownership

import "strings"

// clone copies maps and lists all the way down.
func clone(value any) any { return rewrite(value, func(s string) string { return s }) }

// escape doubles every $, so that the collector expands nothing.
func escape(value any) any { return rewrite(value, double) }

// unescape undoes it, as the collector would.
func unescape(value any) any {
	return rewrite(value, func(s string) string { return strings.ReplaceAll(s, "$$", "$") })
}

// rewrite copies maps and lists with every text as write makes it. Keys stay.
func rewrite(value any, write func(string) string) any {
	switch v := value.(type) {
	case string:
		return write(v)
	case []any:
		items := make([]any, len(v))
		for i := range v {
			items[i] = rewrite(v[i], write)
		}
		return items
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, below := range v {
			m[key] = rewrite(below, write)
		}
		return m
	}
	return value
}
