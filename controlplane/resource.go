package controlplane

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// APIVersion is that of every resource here.
const APIVersion = "phoenix.io/v1alpha1"

// TypeMeta says what a resource is.
type TypeMeta struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

// Metadata is what every resource has, whatever its kind.
type Metadata struct {
	Name string `json:"name"`
	// UID tells this resource from a later one of the same name.
	UID string `json:"uid"`
	// ResourceVersion changes with every change of the resource, and no two
	// states of anything share one. An update that names it is refused if
	// somebody else was faster.
	ResourceVersion string `json:"resourceVersion"`
	// Generation counts the changes of the spec, from 1.
	Generation int64             `json:"generation"`
	Labels     map[string]string `json:"labels,omitempty"`
	CreatedAt  time.Time         `json:"createdAt,omitzero"`
	UpdatedAt  time.Time         `json:"updatedAt,omitzero"`
}

// Condition is one thing that is so, or is not, about a resource.
type Condition struct {
	Type   string `json:"type"`
	Status bool   `json:"status"`
	// Reason is one word for programs, Message a sentence for people.
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

// Page says which part of a list is wanted.
type Page struct {
	// After is the Next of the page before; empty: from the start.
	After string
	// Limit is how many items a page has at most; 0: 100. More than 1,000 are
	// never given.
	Limit int
	// Descending turns the order around: by name from the last, or the newest
	// first.
	Descending bool
}

// List is a page of a list.
type List[T any] struct {
	Items []T `json:"items"`
	// Next is what Page.After is for the following page; empty: there is none.
	Next string `json:"next,omitempty"`
}

const (
	pageDefault = 100
	pageMost    = 1000
)

// size is the number of items that a page has.
func (p Page) size() int {
	if p.Limit <= 0 {
		return pageDefault
	}
	return min(p.Limit, pageMost)
}

// names is the page as a span of a list that is ordered by name, with one item
// more.
func (p Page) names() Span[string] {
	return Span[string]{After: p.After, Limit: p.size() + 1, Descending: p.Descending}
}

// numbers is names of a list that is ordered by a number.
func (p Page) numbers() (Span[int64], error) {
	span := Span[int64]{Limit: p.size() + 1, Descending: p.Descending}
	if p.After == "" {
		return span, nil
	}
	n, err := strconv.ParseInt(p.After, 10, 64)
	if err != nil || n < 1 {
		return span, invalid("cursor", "cursor: %.40q is not one of this list; take the answer's next as it is", p.After)
	}
	span.After = n
	return span, nil
}

// paged makes a page of what a store returned when asked for one item more than
// the page has.
func paged[T any](items []T, size int, key func(T) string) List[T] {
	if items == nil {
		items = []T{}
	}
	if len(items) <= size {
		return List[T]{Items: items}
	}
	items = items[:size]
	return List[T]{Items: items, Next: key(items[size-1])}
}

// Duration is a span of time that is written as 2m or 1h30m.
type Duration time.Duration

// MarshalText writes it as Go does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no span of time; write it as 30s, 2m or 1h30m", text)
	}
	*d = Duration(v)
	return nil
}

// longestName is that of a DNS label, which a Kubernetes name is as well.
const longestName = 63

var name = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

// checkName refuses names that cannot be part of a URL, a label or a Kubernetes
// object.
func checkName(p *problems, s string) {
	p.check(len(s) <= longestName && name.MatchString(s), "/metadata/name",
		"name: %.80q; give one of at most %d letters a-z, digits and dashes, such as web-topk", s, longestName)
}
