package controlplane

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSelectorsPick(t *testing.T) {
	web := map[string]string{"tier": "web", "zone": "a"}
	for name, c := range map[string]struct {
		selector Selector
		picks    bool
	}{
		"nothing said":          {Selector{}, false},
		"all":                   {Selector{All: true}, true},
		"a label":               {labelSelector("tier", "web"), true},
		"another value":         {labelSelector("tier", "db"), false},
		"a label that is not":   {labelSelector("rack", ""), false},
		"two labels, one wrong": {Selector{MatchLabels: map[string]string{"tier": "web", "zone": "b"}}, false},
		"in":                    {expression("tier", In, "db", "web"), true},
		"not in the list":       {expression("tier", In, "db"), false},
		"in, without the label": {expression("rack", In, "1"), false},
		"notin":                 {expression("tier", NotIn, "db"), true},
		"notin, but is":         {expression("tier", NotIn, "web"), false},
		"notin, without":        {expression("rack", NotIn, "1"), true},
		"exists":                {expression("tier", Exists), true},
		"exists, without":       {expression("rack", Exists), false},
		"doesnotexist":          {expression("rack", DoesNotExist), true},
		"doesnotexist, but is":  {expression("tier", DoesNotExist), false},
		"an unknown operator":   {expression("tier", "Like", "w"), false},
	} {
		require.Equal(t, c.picks, c.selector.Matches(web), name)
	}
}

func labelSelector(key, value string) Selector {
	return Selector{MatchLabels: map[string]string{key: value}}
}

func expression(key string, o Operator, values ...string) Selector {
	return Selector{MatchExpressions: []Requirement{{Key: key, Operator: o, Values: values}}}
}

func TestWrongSelectorsAreRefused(t *testing.T) {
	many := map[string]string{}
	for i := range mostLabels + 1 {
		many[fmt.Sprint(i)] = ""
	}
	for name, c := range map[string]struct {
		selector Selector
		want     string
	}{
		"empty":               {Selector{}, "is empty and would pick no agent"},
		"all and a label":     {Selector{All: true, MatchLabels: map[string]string{"a": "b"}}, "all: true beside labels"},
		"too many":            {Selector{MatchLabels: many}, "at most 64 are possible"},
		"in without values":   {expression("a", In), "In of a needs one value or more"},
		"exists with a value": {expression("a", Exists, "b"), "Exists of a takes none"},
		"an unknown operator": {expression("a", "Like"), "use In, NotIn, Exists or DoesNotExist"},
		"no key":              {expression("", Exists), "is no label's key"},
		"a control character": {labelSelector("a", "\x1b[31m"), "use at most 253 printable characters"},
		"a long key":          {labelSelector(strings.Repeat("k", 254), "v"), "is no key"},
	} {
		var p problems
		c.selector.validate(&p, "/spec/selector")
		require.ErrorContains(t, p.err(), c.want, name)
	}
	var p problems
	labelSelector(strings.Repeat("k", 253), strings.Repeat("v", 253)).validate(&p, "")
	require.NoError(t, p.err(), "at the edge")
}
