package catalog

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/catalog"
)

// each runs a test on every template of the catalog.
func each(t *testing.T, test func(t *testing.T, tpl *catalog.Template)) {
	t.Helper()
	for _, name := range catalog.Names() {
		t.Run(name, func(t *testing.T) { test(t, lookup(t, name)) })
	}
}

// validate asks the collector about a file.
func validate(t *testing.T, file string) error {
	t.Helper()
	requireBinary(t)
	said, err := exec.Command(binary, "validate", "--config", file).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	return nil
}

func validateRendered(t *testing.T, tpl *catalog.Template, params map[string]any) error {
	t.Helper()
	config, err := tpl.Render(params)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, config, 0o600))
	return validate(t, file)
}

func TestTheConfigurationIsValidAsItStands(t *testing.T) {
	each(t, func(t *testing.T, tpl *catalog.Template) {
		require.NoError(t, validate(t, templates+tpl.Name+"/config.yaml"))
	})
}

// extremes are the least and the greatest value of the parameters whose bounds
// are lengths, which a value must have and mean something besides.
var extremes = map[string][2]any{
	"endpoint":        {"http://a", "https://" + pad("otlp.example/", 2040)},
	"include_names":   {[]string{"a"}, many(1000, func(i int) any { return pad(fmt.Sprintf("^%d", i), 200) })},
	"drop_attribute":  {"a", pad("process.", 200)},
	"drop_attributes": {[]string{}, many(50, func(i int) any { return pad(fmt.Sprint("process.", i), 200) })},
	"critical":        {[]any{}, many(100, criticalEntry)},
	"rank_group":      {[]string{}, many(10, func(i int) any { return pad(fmt.Sprint("process.", i), 200) })},

	"priorities": {[]any{}, priorityEntries(50)},
	"groups":     {[]any{groupEntry(0)}, many(50, groupEntry)},
	"by":         {[]string{}, many(10, func(i int) any { return pad(fmt.Sprint("service.", i), 200) })},

	"critical_names":        {[]string{}, many(200, func(i int) any { return pad(fmt.Sprint(i), 200) })},
	"high_names":            {[]string{}, many(200, func(i int) any { return pad(fmt.Sprint(i), 200) })},
	"high_owners":           {[]string{}, many(200, func(i int) any { return pad(fmt.Sprint(i), 200) })},
	"critical_only_metrics": {[]string{}, many(100, func(i int) any { return pad(fmt.Sprint("process.", i), 200) })},
}

func criticalEntry(i int) any {
	condition := `resource.attributes["process.executable.name"] == "` + pad("a", 948) + `"`
	return map[string]any{
		"name":          pad(fmt.Sprint(i), 100),
		"conditions":    many(10, func(int) any { return condition }),
		"max_processes": 100_000,
	}
}

// priorityEntries are n priorities, the last of which takes the others.
func priorityEntries(n int) []any {
	return append(many(n-1, groupEntry), map[string]any{"name": pad("rest", 100)})
}

func groupEntry(i int) any {
	entry := criticalEntry(i).(map[string]any)
	delete(entry, "max_processes")
	return entry
}

func pad(s string, length int) string { return s + strings.Repeat("x", length-len(s)) }

func many(n int, item func(int) any) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = item(i)
	}
	return all
}

// bounds are the values of a parameter to try: every one of a few, or the
// least and the greatest.
func bounds(t *testing.T, p catalog.Parameter) []any {
	t.Helper()
	switch {
	case len(p.Enum) > 0:
		return p.Enum
	case p.Minimum != nil:
		return []any{*p.Minimum, *p.Maximum}
	}
	require.Contains(t, extremes, p.Name, "say what the least and the greatest value of a %s are", p.Type)
	return []any{extremes[p.Name][0], extremes[p.Name][1]}
}

func TestEveryParameterIsValidAtItsBounds(t *testing.T) {
	each(t, func(t *testing.T, tpl *catalog.Template) {
		least, greatest := map[string]any{}, map[string]any{}
		for _, p := range tpl.Parameters {
			values := append(bounds(t, p), p.Default)
			for i, v := range values {
				require.NoError(t, validateRendered(t, tpl, map[string]any{p.Name: v}), "%s, value %d", p.Name, i)
			}
			least[p.Name], greatest[p.Name] = values[0], values[len(values)-2]
		}
		require.NoError(t, validateRendered(t, tpl, least), "all at their least")
		require.NoError(t, validateRendered(t, tpl, greatest), "all at their greatest")
		config, err := tpl.Render(greatest)
		require.NoError(t, err)
		require.Less(t, len(config), 4<<20, "it must fit into an OpAMP message")
	})
}

// The extremes are those of the schema: one more is refused.
func TestExtremesAreTheSchemas(t *testing.T) {
	tried := map[string]bool{}
	each(t, func(t *testing.T, tpl *catalog.Template) {
		for _, p := range tpl.Parameters {
			extreme, ok := extremes[p.Name]
			if !ok {
				continue
			}
			tried[p.Name] = true
			for _, v := range more(extreme[1]) {
				_, err := tpl.Render(map[string]any{p.Name: v})
				require.ErrorContains(t, err, p.Name+":")
			}
		}
	})
	require.Len(t, tried, len(extremes), "an extreme of a parameter that no template has")
}

// more are values that are one longer than v.
func more(v any) []any {
	switch v := v.(type) {
	case string:
		return []any{v + "x"}
	case []any:
		return []any{append(append([]any{}, v...), v[0])}
	}
	panic(fmt.Sprintf("%T has no length", v))
}

// The collector says of a wrong expression what is wrong: it is data until
// there, whatever it looks like.
func TestHostileStringsReachTheComponentsAsTheyAre(t *testing.T) {
	t.Setenv("HOME", "/expanded")
	tpl := lookup(t, "process-topk-v1")
	for text, message := range map[string]string{
		`${env:HOME}`: `"${env:HOME}" is not an OTTL condition`,
		"\": x":       `"\": x" is not an OTTL condition`,
		"a\nb: c":     `"a\nb: c" is not an OTTL condition`,
	} {
		err := validateRendered(t, tpl, map[string]any{
			"critical": []any{map[string]any{"name": text, "conditions": []string{text}}},
		})
		require.ErrorContains(t, err, message)
	}
	require.NoError(t, validateRendered(t, tpl, map[string]any{
		"include_names":   []string{"\": x", "a\nb: c", "# x", "$"},
		"drop_attributes": []string{"${env:HOME}", "\": x", "a\nb: c"},
	}))
}
