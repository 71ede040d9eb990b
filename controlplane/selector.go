package controlplane

import (
	"fmt"
	"slices"
	"strings"
)

// Selector picks agents by their labels. All that it says must hold. One that
// says nothing picks nobody and is refused: who means everybody says so.
type Selector struct {
	// All picks every agent; nothing else is said beside it.
	All bool `json:"all,omitempty"`
	// MatchLabels are labels with the values that they must have.
	MatchLabels map[string]string `json:"matchLabels,omitempty"`
	// MatchExpressions are what else must hold of labels.
	MatchExpressions []Requirement `json:"matchExpressions,omitempty"`
}

// Requirement is what must hold of one label.
type Requirement struct {
	Key      string   `json:"key"`
	Operator Operator `json:"operator"`
	// Values are those of In and NotIn.
	Values []string `json:"values,omitempty"`
}

// Operator is the kind of a requirement, as Kubernetes has them.
type Operator string

// A label that is not there is not in any list, so NotIn holds of it.
const (
	In           Operator = "In"
	NotIn        Operator = "NotIn"
	Exists       Operator = "Exists"
	DoesNotExist Operator = "DoesNotExist"
)

const (
	// mostLabels is how many labels or requirements a resource has at most.
	mostLabels = 64
	// longestLabel is how many bytes a label's key or value has at most.
	longestLabel = 253
)

// Empty says whether the selector says nothing.
func (s Selector) Empty() bool {
	return !s.All && len(s.MatchLabels) == 0 && len(s.MatchExpressions) == 0
}

// Matches says whether the selector picks an agent with these labels.
func (s Selector) Matches(labels map[string]string) bool {
	if s.Empty() {
		return false
	}
	for key, want := range s.MatchLabels {
		if got, set := labels[key]; !set || got != want {
			return false
		}
	}
	return !slices.ContainsFunc(s.MatchExpressions, func(r Requirement) bool { return !r.holds(labels) })
}

func (r Requirement) holds(labels map[string]string) bool {
	value, set := labels[r.Key]
	switch r.Operator {
	case In:
		return set && slices.Contains(r.Values, value)
	case NotIn:
		return !set || !slices.Contains(r.Values, value)
	case Exists:
		return set
	case DoesNotExist:
		return !set
	}
	return false
}

// validate reports what is wrong with the selector, at places below pointer.
func (s Selector) validate(p *problems, pointer string) {
	p.check(!s.Empty(), pointer, "selector: is empty and would pick no agent; give matchLabels, or all: true for every agent")
	said := len(s.MatchLabels) + len(s.MatchExpressions)
	p.check(!s.All || said == 0, pointer, "selector: has all: true beside labels; drop one of them")
	p.check(said <= mostLabels, pointer, "selector: has %d labels and expressions; at most %d are possible", said, mostLabels)
	checkLabels(p, pointer+"/matchLabels", s.MatchLabels)
	for i, r := range s.MatchExpressions {
		r.validate(p, fmt.Sprintf("%s/matchExpressions/%d", pointer, i))
	}
}

func (r Requirement) validate(p *problems, pointer string) {
	p.check(isLabel(r.Key) && r.Key != "", pointer+"/key", "key: %.80q is no label's key", r.Key)
	switch r.Operator {
	case In, NotIn:
		p.check(len(r.Values) > 0, pointer+"/values", "values: is empty; %s of %s needs one value or more", r.Operator, r.Key)
	case Exists, DoesNotExist:
		p.check(len(r.Values) == 0, pointer+"/values", "values: %s of %s takes none", r.Operator, r.Key)
	default:
		p.check(false, pointer+"/operator", "operator: %.80q; use In, NotIn, Exists or DoesNotExist", r.Operator)
	}
}

// checkLabels reports keys and values that cannot be labels.
func checkLabels(p *problems, pointer string, labels map[string]string) {
	p.check(len(labels) <= mostLabels, pointer, "labels: %d; at most %d are possible", len(labels), mostLabels)
	for key, value := range labels {
		p.check(key != "" && isLabel(key), pointer, "labels: %.80q is no key; use 1 to %d printable characters", key, longestLabel)
		p.check(isLabel(value), pointer, "labels: the value of %.80q; use at most %d printable characters", key, longestLabel)
	}
}

// isLabel accepts what can be shown on a terminal and be part of a list.
func isLabel(s string) bool {
	return len(s) <= longestLabel && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '�' })
}
