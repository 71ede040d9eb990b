package ownership

import (
	"fmt"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// checker collects what is wrong with one remote configuration.
type checker struct {
	policy   *Policy
	root     *yaml.Node
	findings Findings
	nodes    int
	// skip holds nodes with a finding, about which there is no more to say.
	skip map[*yaml.Node]bool
}

func (c *checker) find(code Code, at *yaml.Node, path, problem, remedy string) {
	c.findings = append(c.findings, Finding{code, at.Line, at.Column, path, problem, remedy})
	c.skip[at] = true
}

// structure looks for what YAML can do and a configuration does not need: it is
// how a document looks harmless to one reader and is not to the next.
func (c *checker) structure(node *yaml.Node, path []string) {
	if c.nodes++; c.nodes > maxNodes {
		if c.nodes == maxNodes+1 {
			c.find(CodeNodes, node, "", fmt.Sprintf("has more than %d values", maxNodes), "remove what is not needed")
		}
		return
	}
	if len(path) > maxDepth {
		c.find(CodeDepth, node, join(path[:3]), fmt.Sprintf("has more than %d levels", maxDepth), "use fewer")
		return
	}
	c.checkNode(node, path)
	switch node.Kind {
	case yaml.MappingNode:
		c.structureOfMap(node, path)
	case yaml.SequenceNode:
		for _, item := range node.Content {
			c.structure(item, append(path, "[]"))
		}
	case yaml.ScalarNode:
		c.checkText(node, path)
	}
}

func (c *checker) structureOfMap(node *yaml.Node, path []string) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		c.nodes++
		c.checkNode(key, path)
		if !c.checkKey(key, path) {
			c.skip[value] = true
			continue
		}
		if seen[key.Value] {
			c.find(CodeDuplicate, key, join(append(path, key.Value)), "is given twice", "remove one of them")
		}
		seen[key.Value] = true
		c.structure(value, append(path[:len(path):len(path)], key.Value))
	}
}

// checkNode finds anchors, aliases and tags.
func (c *checker) checkNode(node *yaml.Node, path []string) {
	if node.Kind == yaml.AliasNode || node.Anchor != "" {
		c.find(CodeAlias, node, join(path), "has an anchor or an alias", "write the value out")
	}
	if node.Style&yaml.TaggedStyle != 0 {
		c.find(CodeTag, node, join(path), fmt.Sprintf("has the tag %s", quote(node.Tag)), "remove the tag; a string is written in quotes")
	}
}

// checkKey reports whether a key may be looked at.
func (c *checker) checkKey(key *yaml.Node, path []string) bool {
	switch {
	case c.skip[key]:
		return false
	case key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge":
		c.find(CodeAlias, key, join(path), "has a merge key", "write the keys out")
	case key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str":
		c.find(CodeKey, key, join(path), "has a key that is not a string", "write it in quotes, or correct it")
	case strings.Contains(key.Value, "::") || strings.ContainsAny(key.Value, "$") || key.Value == "" || strings.ContainsFunc(key.Value, unprintable):
		c.find(CodeKey, key, join(path), fmt.Sprintf("has the key %s", quote(key.Value)), "nest keys instead of joining them by ::, and use no $, spaces or control characters in them")
	default:
		return true
	}
	return false
}

// checkText looks at a value that may be a string.
func (c *checker) checkText(node *yaml.Node, path []string) {
	if strings.ContainsFunc(node.Value, control) {
		c.find(CodeEncoding, node, join(path), "has control characters", "remove them")
		return
	}
	c.checkExpressions(node, path)
}

func unprintable(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }

// control reports what neither conditions nor names need: it can change what a
// terminal shows.
func control(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r))
}

func join(path []string) string {
	return strings.ReplaceAll(strings.Join(path, "::"), "::[]", "[]")
}
