package validation

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// expander writes aliases and merge keys out. Nodes keep the places that they
// were written at.
type expander struct {
	nodes    int
	findings []Finding
}

// expand returns a tree without aliases, merge keys and duplicates; nil if it
// is too large or too deep.
func expand(root *yaml.Node) (*yaml.Node, []Finding) {
	e := &expander{}
	tree := e.expand(root, "", 0)
	if e.tooMuch() {
		tree = nil
	}
	return tree, e.findings
}

func (e *expander) find(code Code, at *yaml.Node, path, message, remedy string) {
	e.findings = append(e.findings, Finding{code, Error, at.Line, at.Column, path, message, remedy})
}

// tooMuch reports whether a limit is passed, after which nothing is looked at.
func (e *expander) tooMuch() bool { return e.nodes > maxNodes }

func (e *expander) expand(node *yaml.Node, path string, depth int) *yaml.Node {
	if e.tooMuch() {
		return node
	}
	if e.nodes++; e.tooMuch() {
		e.find(CodeNodes, node, "", fmt.Sprintf("has more than %d values when its aliases are written out", maxNodes), "remove what is not needed")
		return node
	}
	if depth > maxDepth {
		e.find(CodeDepth, node, shortened(path), fmt.Sprintf("has more than %d levels", maxDepth), "use fewer levels, and no alias that contains itself")
		e.nodes = maxNodes + 1
		return node
	}
	switch node.Kind {
	case yaml.AliasNode:
		return e.expand(node.Alias, path, depth+1)
	case yaml.MappingNode:
		return e.expandMap(node, path, depth)
	case yaml.SequenceNode:
		list := bare(node)
		for i, item := range node.Content {
			list.Content = append(list.Content, e.expand(item, fmt.Sprintf("%s[%d]", path, i), depth+1))
		}
		return list
	default:
		return bare(node)
	}
}

// bare is a node without what is below it, and without its anchor.
func bare(node *yaml.Node) *yaml.Node {
	n := *node
	n.Anchor, n.Content = "", nil
	return &n
}

func (e *expander) expandMap(node *yaml.Node, path string, depth int) *yaml.Node {
	all := bare(node)
	var merged []*yaml.Node
	for k, v := range pairs(node) {
		e.nodes++
		if k.Kind == yaml.ScalarNode && k.ShortTag() == "!!merge" {
			merged = append(merged, e.expand(v, path, depth))
			continue
		}
		if !e.checkKey(k, path) {
			continue
		}
		if first, _ := child(all, k.Value); first != nil {
			e.find(CodeDuplicate, k, join(path, k.Value), fmt.Sprintf("is given twice, first in line %d", first.Line), "remove one of them")
			continue
		}
		all.Content = append(all.Content, bare(k), e.expand(v, join(path, k.Value), depth+1))
	}
	merge(all, merged)
	return all
}

// checkKey reports whether a key may be looked at.
func (e *expander) checkKey(key *yaml.Node, path string) bool {
	switch {
	case key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str":
		e.find(CodeKey, key, path, "has a key that is not a string", "write it in quotes, or correct it")
	case key.Value == "" || strings.Contains(key.Value, "::") || strings.Contains(key.Value, "$"):
		e.find(CodeKey, key, path, fmt.Sprintf("has the key %s", quote(key.Value)), "nest keys instead of joining them by ::, and use no $ in them")
	default:
		return true
	}
	return false
}

// merge adds what is not there yet from the maps, the first of which wins.
func merge(into *yaml.Node, maps []*yaml.Node) {
	for _, m := range maps {
		if m.Kind == yaml.SequenceNode {
			merge(into, m.Content)
		}
		for k, v := range pairs(m) {
			if known, _ := child(into, k.Value); known == nil {
				into.Content = append(into.Content, k, v)
			}
		}
	}
}

// shortened is the beginning of a path that is too long.
func shortened(path string) string {
	const longest = 60
	if len(path) > longest {
		return strings.ToValidUTF8(path[:longest], "") + "…"
	}
	return path
}

// quote shows a name, shortened.
func quote(s string) string { return fmt.Sprintf("%q", shortened(s)) }
