package ownership

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
)

// checkExpressions finds every expression that is not a secret in its place.
func (c *checker) checkExpressions(node *yaml.Node, path []string) {
	parts, err := agentfile.Split(node.Value)
	if err != nil {
		c.find(CodeExpression, node, join(path), fmt.Sprintf("has an expression: %s", quote(node.Value)), c.policy.possible())
		return
	}
	for _, part := range parts {
		if part.Reference != nil && !c.bound(*part.Reference, path) {
			c.find(CodeExpression, node, join(path), fmt.Sprintf("may not use %s", quote(part.Reference.String())), c.policy.possible())
			return
		}
	}
}

// bound reports whether the agent file binds a reference to this place: the
// component, the field, and where the component sends to.
func (c *checker) bound(r agentfile.Reference, path []string) bool {
	if len(path) < 3 || path[0] != "exporters" {
		return false
	}
	return slices.ContainsFunc(c.policy.secrets, func(s agentfile.Secret) bool {
		return s.Use == r.String() && s.Component == path[1] && s.Field == join(path[2:]) &&
			c.sendsOnlyTo(path[1], s.Endpoint)
	})
}

// sendsOnlyTo reports whether an exporter of the remote configuration has this
// endpoint, once, and no other.
func (c *checker) sendsOnlyTo(id, endpoint string) bool {
	all := endpointsBelow(child(child(c.root, "exporters"), id), c.policy.rules["exporters/"+typeOf(id)])
	return len(all) > 0 && !slices.ContainsFunc(all, func(have string) bool { return have != endpoint })
}

// endpointsBelow lists the values of all fields of type endpoint.
func endpointsBelow(node *yaml.Node, r *rule) (all []string) {
	if node == nil || r == nil {
		return nil
	}
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			all = append(all, endpointsBelow(node.Content[i+1], r.below(node.Content[i].Value))...)
		}
	case yaml.SequenceNode:
		for _, item := range node.Content {
			all = append(all, endpointsBelow(item, r.below("[]"))...)
		}
	case yaml.ScalarNode:
		if r.field != nil && r.field.Type == agentfile.Endpoint {
			return []string{node.Value}
		}
	}
	return all
}

// possible says which references there are and where.
func (p *Policy) possible() string {
	const rest = "write $$ for a $ that is meant as it is"
	if len(p.secrets) == 0 {
		return "the agent file allows no references; " + rest
	}
	allowed := make([]string, len(p.secrets))
	for i, s := range p.secrets {
		allowed[i] = fmt.Sprintf("%s in %s::%s with the endpoint %s", s.Use, s.Component, s.Field, s.Endpoint)
	}
	return "the agent file allows " + strings.Join(allowed, ", ") + "; " + rest
}
