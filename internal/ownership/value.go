package ownership

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
)

// defaultMaxString bounds strings of which the allow-list does not say, in
// bytes.
const defaultMaxString = 1000

// unfit says what is wrong with a single value, and what to do; nothing if it
// is as the field asks.
func unfit(node *yaml.Node, f agentfile.Field) (problem, remedy string) {
	if !hasTag(node, f.Type) {
		return fmt.Sprintf("%s is not of type %s", quote(node.Value), f.Type), remedyOf(f.Type)
	}
	if len(f.Values) > 0 && !slices.Contains(f.Values, node.Value) {
		return fmt.Sprintf("%s is not allowed", quote(node.Value)), "use one of " + strings.Join(f.Values, ", ")
	}
	switch f.Type {
	case agentfile.Integer, agentfile.Number:
		return outside(node, f, parseNumber)
	case agentfile.Duration:
		return outside(node, f, parseDuration)
	case agentfile.String:
		return wrongLength(node.Value, f)
	}
	return "", ""
}

// hasTag reports whether YAML reads a value as one of the type.
func hasTag(node *yaml.Node, fieldType string) bool {
	switch tag := node.ShortTag(); fieldType {
	case agentfile.Boolean:
		return tag == "!!bool"
	case agentfile.Integer:
		return tag == "!!int"
	case agentfile.Number:
		return tag == "!!int" || tag == "!!float"
	default:
		return tag == "!!str"
	}
}

func remedyOf(fieldType string) string {
	switch fieldType {
	case agentfile.Duration:
		return "write a number and its unit, such as 10s"
	case agentfile.String, agentfile.Endpoint:
		return "write it in quotes"
	case agentfile.Boolean:
		return "write true or false"
	}
	return "write a number without quotes"
}

func parseNumber(node *yaml.Node) (v float64, err error) {
	err = node.Decode(&v)
	return v, err
}

func parseDuration(node *yaml.Node) (float64, error) {
	d, err := time.ParseDuration(node.Value)
	return float64(d), err
}

// outside says that a value cannot be read, or is out of its bounds.
func outside(node *yaml.Node, f agentfile.Field, parse func(*yaml.Node) (float64, error)) (problem, remedy string) {
	v, err := parse(node)
	if err != nil || v != v {
		return fmt.Sprintf("%s is not of type %s", quote(node.Value), f.Type), remedyOf(f.Type)
	}
	bound := func(s string) (float64, bool) {
		b, err := parse(&yaml.Node{Kind: yaml.ScalarNode, Value: s})
		return b, s != "" && err == nil
	}
	if least, ok := bound(f.Min); ok && v < least {
		return fmt.Sprintf("%s is below %s", quote(node.Value), f.Min), "use at least that"
	}
	if most, ok := bound(f.Max); ok && v > most {
		return fmt.Sprintf("%s is above %s", quote(node.Value), f.Max), "use at most that"
	}
	return "", ""
}

func wrongLength(s string, f agentfile.Field) (problem, remedy string) {
	least, _ := strconv.Atoi(f.Min) // the agent file was checked, and none is 0
	most, err := strconv.Atoi(f.Max)
	if err != nil {
		most = defaultMaxString
	}
	if len(s) < least {
		return fmt.Sprintf("has %d bytes, at least %d are needed", len(s), least), "write more"
	}
	if len(s) > most {
		return fmt.Sprintf("has %d bytes, at most %d are allowed", len(s), most), "write less"
	}
	return "", ""
}
