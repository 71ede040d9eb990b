package critical

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"pgregory.net/rapid"
)

func compile(t require.TestingT, entries List) *Matcher {
	m, err := Compile(entries, componenttest.NewNopTelemetrySettings())
	require.NoError(t, err)
	return m
}

func resource(t require.TestingT, attributes map[string]any) pcommon.Resource {
	r := pcommon.NewResource()
	require.NoError(t, r.Attributes().FromRaw(attributes))
	return r
}

// entry has conditions and a name that says nothing.
func entry(conditions ...string) Entry { return Entry{Name: "e", Conditions: conditions} }

func TestConditions(t *testing.T) {
	kafka := map[string]any{
		"process.pid":             int64(17),
		"process.executable.name": "java",
		"process.command_line":    "java -Xmx1g kafka.Kafka server.properties",
		"process.owner":           "kafka",
	}
	for condition, holds := range map[string]bool{
		`resource.attributes["process.executable.name"] == "java"`:                                                 true,
		`resource.attributes["process.executable.name"] == "Java"`:                                                 false,
		`resource.attributes["process.executable.name"] != "nginx"`:                                                true,
		`IsMatch(resource.attributes["process.command_line"], "kafka[.]Kafka")`:                                    true,
		`IsMatch(resource.attributes["process.command_line"], "^kafka")`:                                           false,
		`resource.attributes["process.pid"] == 17`:                                                                 true,
		`resource.attributes["process.pid"] < 10 or resource.attributes["process.owner"] == "kafka"`:               true,
		`resource.attributes["process.pid"] < 10 and resource.attributes["process.owner"] == "kafka"`:              false,
		`not (resource.attributes["process.owner"] == "root")`:                                                     true,
		`resource.attributes["process.cgroup"] == nil`:                                                             true,
		`resource.attributes["process.cgroup"] == "/kafka"`:                                                        false,
		`IsMatch(resource.attributes["process.cgroup"], ".*")`:                                                     false,
		`Substring(resource.attributes["process.owner"], 0, 99) == "kafka"`:                                        false, // cannot be evaluated
		`Len(resource.attributes) == 4`:                                                                            true,
		`IsString(resource.attributes["process.pid"])`:                                                             false,
		`Concat([resource.attributes["process.owner"], resource.attributes["process.pid"]], ":") == "kafka:17"`:    true,
		`resource.attributes["process.executable.name"] == "java" and IsInt(resource.attributes["process.owner"])`: false,
	} {
		t.Run(condition, func(t *testing.T) {
			got := compile(t, List{entry(condition)}).Match(context.Background(), resource(t, kafka))
			require.Equal(t, holds, got == 0)
		})
	}
}

const (
	isNginx = `resource.attributes["process.executable.name"] == "nginx"`
	isRoots = `resource.attributes["process.owner"] == "root"`
)

func TestTheFirstEntryWithAllConditionsMatches(t *testing.T) {
	m := compile(t, List{entry(isNginx, isRoots), entry(isNginx), entry(isRoots)})
	for want, attributes := range []map[string]any{
		{"process.executable.name": "nginx", "process.owner": "root"},
		{"process.executable.name": "nginx", "process.owner": "www-data"},
		{"process.executable.name": "sh", "process.owner": "root"},
	} {
		require.Equal(t, want, m.Match(context.Background(), resource(t, attributes)))
	}
	require.Equal(t, -1, m.Match(context.Background(), resource(t, nil)))
}

func TestNothingMatchesAnEmptyList(t *testing.T) {
	m := compile(t, nil)
	require.Equal(t, -1, m.Match(context.Background(), resource(t, nil)))
	keys, all := m.Attributes()
	require.Empty(t, keys)
	require.False(t, all)
}

func TestAMatcherIsSafeForConcurrentUse(t *testing.T) {
	m := compile(t, List{entry(isNginx)})
	var users sync.WaitGroup
	for range 4 {
		users.Go(func() {
			for i := range 100 {
				name := fmt.Sprint("nginx"[:i%6])
				got := m.Match(context.Background(), resource(t, map[string]any{"process.executable.name": name}))
				if (got == 0) != (name == "nginx") {
					t.Errorf("%q matches entry %d", name, got)
				}
			}
		})
	}
	users.Wait()
}

func TestAttributesOfConditions(t *testing.T) {
	for _, c := range []struct {
		conditions []string
		keys       []string
		all        bool
	}{
		{[]string{isNginx}, []string{"process.executable.name"}, false},
		{[]string{isNginx, isRoots}, []string{"process.executable.name", "process.owner"}, false},
		{[]string{isRoots, isRoots + " or " + isNginx}, []string{"process.owner", "process.executable.name"}, false},
		{[]string{`IsMatch(resource.attributes["process.command_line"], "kafka")`}, []string{"process.command_line"}, false},
		{[]string{`Len(resource.attributes) > 1`}, nil, true},
		{[]string{`resource.dropped_attributes_count == 0`}, nil, true},
		{[]string{`resource.attributes[Concat(["process", "owner"], ".")] == "root"`}, nil, true},
		{[]string{isNginx, `resource.attributes["a\"b"] == nil`}, []string{"process.executable.name"}, true},
	} {
		keys, all := compile(t, List{entry(c.conditions...)}).Attributes()
		require.Equal(t, c.keys, keys, c.conditions)
		require.Equal(t, c.all, all, c.conditions)
	}
}

// A verdict rests on the attributes that Attributes names, and on no other: a
// process whose other attributes change need not be looked at again.
func TestAttributesCoverWhatConditionsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := compile(t, List{entry(drawCondition(t)), entry(drawCondition(t), drawCondition(t))})
		before, after := drawAttributes(t), drawAttributes(t)
		keys, all := m.Attributes()
		for key := range after {
			if all {
				delete(after, key)
			}
		}
		for key, v := range before {
			if all {
				after[key] = v
			}
		}
		for _, key := range keys {
			delete(after, key)
			if v, ok := before[key]; ok {
				after[key] = v
			}
		}
		require.Equal(t, m.Match(context.Background(), resource(t, before)), m.Match(context.Background(), resource(t, after)),
			"%v rests on %v (all: %v): %v, %v", m.entries, keys, all, before, after)
	})
}

var (
	someKeys   = []string{"a", "b.c", "d e", "resource.attributes", `q"q`}
	someValues = []string{"x", "y", ""}
)

func drawAttributes(t *rapid.T) map[string]any {
	attributes := map[string]any{}
	for _, key := range someKeys {
		if rapid.Bool().Draw(t, "has "+key) {
			attributes[key] = rapid.SampledFrom(someValues).Draw(t, key)
		}
	}
	return attributes
}

func drawCondition(t *rapid.T) string {
	path := drawPath(t)
	condition := rapid.SampledFrom([]string{
		path + ` == %q`, path + ` != %q`, `IsMatch(` + path + `, %q)`, `not (` + path + ` == %q)`,
		`Concat([` + path + `, ` + drawPath(t) + `], "") == %q`,
		`Len(resource.attributes) == 2 or ` + path + ` == %q`,
	}).Draw(t, "condition")
	return fmt.Sprintf(condition, rapid.SampledFrom(someValues).Draw(t, "value"))
}

// drawPath is a path to an attribute, with all the white space that may be in it.
func drawPath(t *rapid.T) string {
	space := func() string { return rapid.SampledFrom([]string{"", "", "", " ", "\t"}).Draw(t, "space") }
	key := strings.ReplaceAll(rapid.SampledFrom(someKeys).Draw(t, "key"), `"`, `\"`)
	return "resource" + space() + "." + space() + "attributes" + space() + "[" + space() + `"` + key + `"` + space() + "]"
}

func TestEntriesSayWhatIsWrong(t *testing.T) {
	notACondition := `is not an OTTL condition on a resource, such as resource.attributes["process.executable.name"] == "nginx": `
	for _, c := range []struct {
		entry Entry
		want  []string // in this order
	}{
		{Entry{Conditions: []string{isNginx}}, []string{"name: is empty; give the entry a name, logs and metrics call it so"}},
		{Entry{Name: "web"}, []string{"conditions: is empty; an entry without conditions would keep every process"}},
		{Entry{Name: "web", Conditions: []string{isNginx}, MaxProcesses: -3}, []string{"max_processes: must be at least 1, got -3; drop the key to use 200"}},
		{entry("nginx"), []string{`conditions::0: "nginx" ` + notACondition}},
		{entry(isNginx, ""), []string{`conditions::1: "" ` + notACondition}},
		{entry(`attributes["process.owner"] == "root"`), []string{`conditions::0: `, notACondition + "missing context name"}},
		{entry(`span.name == "x"`), []string{`conditions::0: `, notACondition}},
		{entry(`IsRoot(resource.attributes["process.owner"])`), []string{`conditions::0: `, notACondition, `undefined function "IsRoot"`}},
		{Entry{Conditions: []string{"a", isNginx, "b"}, MaxProcesses: -1}, []string{"name: ", "; max_processes: ", "; conditions::0: ", "; conditions::2: "}},
	} {
		err := c.entry.Validate()
		require.Error(t, err)
		require.NotContains(t, err.Error(), "\n", "one line: the collector puts the path before the first one only")
		left := err.Error()
		for _, part := range c.want {
			require.Contains(t, left, part)
			_, left, _ = strings.Cut(left, part)
		}
	}
	good := entry(isNginx)
	require.NoError(t, good.Validate())
}

func TestAListHasEachNameOnce(t *testing.T) {
	require.NoError(t, List{{Name: "a"}, {Name: "b"}}.Validate())
	require.NoError(t, List{{}, {}}.Validate(), "an empty name is the entry's to report")
	require.EqualError(t, List{{Name: "a"}, {Name: "b"}, {Name: "a"}, {Name: "b"}}.Validate(),
		`2::name: "a" is the name of entry 0; use another one, or add the conditions there; `+
			`3::name: "b" is the name of entry 1; use another one, or add the conditions there`)
}

func TestCompileReportsEveryCondition(t *testing.T) {
	_, err := Compile(List{entry("a"), entry(isNginx, "b")}, componenttest.NewNopTelemetrySettings())
	require.ErrorContains(t, err, `conditions::0: "a"`)
	require.ErrorContains(t, err, `conditions::1: "b"`)
}

func TestLimit(t *testing.T) {
	require.Equal(t, DefaultMaxProcesses, Entry{}.Limit())
	require.Equal(t, 3, Entry{MaxProcesses: 3}.Limit())
}
