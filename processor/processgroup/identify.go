package processgroup

import (
	"context"
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// groupAttribute is what names a group.
const groupAttribute = "process.group"

// identify says which group a process belongs to; false for one of none.
func (c *chooser) identify(resource pcommon.Resource) (g group, ok bool) {
	if i := c.groups.Match(context.Background(), resource); i >= 0 {
		name := c.cfg.Groups[i].Name
		return group{key: namedKey(name), name: name, named: true}, true
	}
	values := make([]string, len(c.cfg.By))
	for i, key := range c.cfg.By {
		if v, has := resource.Attributes().Get(key); has && v.AsString() != "" {
			values[i], ok = v.AsString(), true
			g.attrs = append(g.attrs, attr{key, values[i]})
		}
	}
	g.key, g.name = c.prefix()+fmt.Sprintf("%q", values), strings.Join(values, "/")
	return g, ok
}

// Keys of groups. Quoted, no value is taken for two, nor for one of other
// attributes.
func namedKey(name string) string { return fmt.Sprintf("%q", name) }

func (c *chooser) prefix() string { return fmt.Sprintf("%q", c.cfg.By) }

// keeps reports whether this configuration may have a group; named tells that
// it is one of its own.
func (c *chooser) keeps(g *group) (named, ok bool) {
	for i := range c.cfg.Groups {
		if namedKey(c.cfg.Groups[i].Name) == g.key {
			return true, true
		}
	}
	return false, strings.HasPrefix(g.key, c.prefix())
}

// Describe names a group.
func (c *chooser) Describe(part process.Part, attrs pcommon.Map) {
	g := c.table.byPart[part]
	for _, a := range g.attrs {
		attrs.PutStr(a.key, a.value)
	}
	attrs.PutStr(groupAttribute, g.name)
}
