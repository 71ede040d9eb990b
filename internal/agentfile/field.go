package agentfile

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phoenix-platform/phoenix/internal/problems"
)

func (f Field) check(p *problems.List, key, path string) {
	p.Check(slices.Contains(fieldTypes, f.Type), "%s: type: %q is unknown; use one of %s", key, f.Type, strings.Join(fieldTypes, ", "))
	isList := strings.HasSuffix(path, "[]")
	p.Check(f.MaxItems == 0 || isList, "%s: max_items: is for lists; write the path as %s[]", key, path)
	p.Check(f.MaxItems >= 0, "%s: max_items: must not be negative, got %d", key, f.MaxItems)
	p.Check(f.Type != Map || isList, "%s: type: map is for the items of a list; give the paths of its fields instead", key)
	for _, segment := range Segments(path) {
		p.Check(segment != "", "%s: has an empty key; separate the keys by one ::", key)
		p.Check(!ReachesOut(segment), "%s: %s makes a component read or write files, use an extension or send elsewhere; put it into the owner's config_files", key, segment)
	}
	name := last(path)
	p.Check(!namesEndpoint(name) || f.Type == Endpoint, "%s: type: must be endpoint, for it says where data goes", key)
	p.Check(name != "*" || f.Type == String, "%s: type: must be string where any key may be", key)
	f.checkBound(p, key, "min", f.Min)
	f.checkBound(p, key, "max", f.Max)
}

func (f Field) checkBound(p *problems.List, key, name, bound string) {
	if bound == "" {
		return
	}
	var err error
	switch f.Type {
	case Integer, Number:
		_, err = strconv.ParseFloat(bound, 64)
	case Duration:
		_, err = time.ParseDuration(bound)
	case String:
		_, err = strconv.Atoi(bound)
	default:
		p.Check(false, "%s: %s: a %s has no bounds; drop the key", key, name, f.Type)
	}
	p.Check(err == nil, "%s: %s: %q is not a bound of a %s", key, name, bound, f.Type)
}

// Segments takes a path apart; [] is a segment of its own.
func Segments(path string) []string {
	return strings.Split(strings.ReplaceAll(path, "[]", "::[]"), "::")
}

// last is the key that a path ends in.
func last(path string) string {
	all := Segments(strings.TrimRight(path, "[]"))
	return all[len(all)-1]
}

func namesEndpoint(key string) bool {
	return key == "url" || key == "endpoint" || key == "target" || key == "brokers" ||
		strings.HasSuffix(key, "_endpoint") || strings.HasSuffix(key, "_url")
}
