package processmetrics

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/phoenix-platform/phoenix/internal/problems"
)

// Names picks processes by their names.
type Names struct {
	// MatchType is strict, or regexp: the name has a part that matches.
	MatchType MatchType `mapstructure:"match_type"`
	// Names are the names, or the expressions.
	Names []string `mapstructure:"names"`
}

// MatchType says what a name is compared with.
type MatchType string

const (
	strict     MatchType = "strict"
	expression MatchType = "regexp"
)

// Validate reports every problem of the values.
func (n Names) Validate() error {
	var p problems.List
	switch n.MatchType {
	case strict:
	case expression:
		for i, name := range n.Names {
			_, err := regexp.Compile(name)
			p.Check(err == nil, "names::%d: %v", i, err)
		}
	default:
		p.Check(n.MatchType == "" && len(n.Names) == 0, "match_type: must be strict or regexp, got %q", n.MatchType)
	}
	return p.Err()
}

// matcher returns whether names match; nil if there are none to match.
func (n Names) matcher() (func(string) bool, error) {
	if len(n.Names) == 0 {
		return nil, nil
	}
	if n.MatchType == strict {
		return oneOf(n.Names), nil
	}
	return matches(n.Names)
}

func oneOf(names []string) func(string) bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return func(name string) bool { return set[name] }
}

func matches(names []string) (func(string) bool, error) {
	var (
		all  []*regexp.Regexp
		errs []error
	)
	for _, name := range names {
		re, err := regexp.Compile(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("names: %w", err))
		}
		all = append(all, re)
	}
	match := func(name string) bool {
		for _, re := range all {
			if re.MatchString(name) {
				return true
			}
		}
		return false
	}
	return match, errors.Join(errs...)
}

// match returns whether a process is read, by its name; nil if all are.
func (c *Config) match() (func(string) bool, error) {
	include, err := c.Include.matcher()
	if err != nil {
		return nil, err
	}
	exclude, err := c.Exclude.matcher()
	if err != nil || include == nil && exclude == nil {
		return nil, err
	}
	return func(name string) bool {
		return (include == nil || include(name)) && (exclude == nil || !exclude(name))
	}, nil
}
