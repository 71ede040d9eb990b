package validation

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The ways in which the collector says where in a component something is.
var (
	leading  = regexp.MustCompile(`^([\w/.-]+(?:::[\w/.-]+)*): `)
	scraper  = regexp.MustCompile(`scraper type "([^"]+)"`)
	unknown  = regexp.MustCompile(`has invalid keys: ([^\s,;]+)`)
	identity = regexp.MustCompile(`in "([^"]+)" id: `)
	quoted   = regexp.MustCompile(`'([\w.\[\]/-]+)'`)
	created  = regexp.MustCompile(`in pipeline "([^"]+)"`)
	index    = regexp.MustCompile(`\[([^\]]*)\]`)
)

// spot is a place in the configuration on the way down.
type spot struct {
	path  string
	key   *yaml.Node // where it is reported
	value *yaml.Node
}

// below returns the spot of a key, or an item, below this one.
func (s spot) below(name string) (spot, bool) {
	if i, err := strconv.Atoi(name); err == nil && s.value != nil && s.value.Kind == yaml.SequenceNode && i < len(s.value.Content) {
		item := s.value.Content[i]
		return spot{fmt.Sprintf("%s[%d]", s.path, i), item, item}, true
	}
	for k, v := range pairs(s.value) {
		if strings.EqualFold(k.Value, name) {
			return spot{join(s.path, k.Value), k, v}, true
		}
	}
	return s, false
}

// search returns the first spot with a key of this name, however deep.
func (s spot) search(name string) (spot, bool) {
	if found, ok := s.below(name); ok {
		return found, true
	}
	for k := range pairs(s.value) {
		next, _ := s.below(k.Value)
		if found, ok := next.search(name); ok {
			return found, true
		}
	}
	if s.value != nil && s.value.Kind == yaml.SequenceNode {
		for i := range s.value.Content {
			next, _ := s.below(strconv.Itoa(i))
			if found, ok := next.search(name); ok {
				return found, true
			}
		}
	}
	return s, false
}

// locate finds the place that a sentence of the collector's is about. It goes
// down by the keys that the sentence names as far as they are there.
func (l *look) locate(sentence string) (path string, at *yaml.Node, message string) {
	s := spot{key: l.root, value: l.root}
	rest := sentence
	if m := said.FindString(rest); m != "" {
		rest = strings.TrimPrefix(rest, "service::")
		s, rest = s.descend(rest)
	} else if m := created.FindStringSubmatch(rest); m != nil {
		s, _ = s.follow([]string{service, pipelines, m[1]})
	}
	for _, m := range scraper.FindAllStringSubmatch(rest, -1) {
		if next, ok := s.search(m[1]); ok {
			s = next
		}
	}
	s, rest = s.finer(rest)
	at = s.key
	if s.path != "" && s.value.Kind == yaml.ScalarNode {
		at = s.value
	}
	return s.path, at, strings.TrimSpace(rest)
}

// descend follows the keys joined by :: that a sentence begins with.
func (s spot) descend(sentence string) (spot, string) {
	head, rest, _ := strings.Cut(sentence, ": ")
	names := strings.Split(head, "::")
	if names[0] == pipelines {
		names = slices.Insert(names, 0, service)
	}
	found, _ := s.follow(names)
	return found, rest
}

// follow goes down as far as the names are there.
func (s spot) follow(names []string) (spot, bool) {
	for _, name := range names {
		next, ok := s.below(name)
		if !ok {
			return s, false
		}
		s = next
	}
	return s, true
}

// finer goes on below a component by what a sentence says of it, and returns
// the sentence without what the path says.
func (s spot) finer(sentence string) (spot, string) {
	for _, key := range []*regexp.Regexp{unknown, identity} {
		if m := key.FindStringSubmatch(sentence); m != nil {
			found, _ := s.search(m[1])
			return found, sentence
		}
	}
	for m := leading.FindStringSubmatch(sentence); m != nil; m = leading.FindStringSubmatch(sentence) {
		found, ok := s.follow(namesOf(m[1]))
		if !ok {
			break
		}
		s, sentence = found, sentence[len(m[0]):]
	}
	for _, m := range quoted.FindAllStringSubmatch(sentence, -1) {
		names := namesOf(m[1])
		if found, ok := s.follow(names); ok {
			return found, sentence
		}
		if found, ok := s.search(names[len(names)-1]); ok {
			return found, sentence
		}
	}
	return s, sentence
}

// namesOf are the keys and positions of a path in the collector's words, such
// as rank_by[0].metric.
func namesOf(path string) []string {
	path = index.ReplaceAllString(path, "::$1")
	return strings.FieldsFunc(strings.ReplaceAll(path, ".", "::"), func(r rune) bool { return r == ':' })
}
