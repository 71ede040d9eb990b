package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
)

func lookup(t *testing.T, name string) *Template {
	t.Helper()
	tpl, err := Lookup(name)
	require.NoError(t, err)
	return tpl
}

// read is what a collector reads in a configuration: ${env:…} expanded, $$
// a single $.
func read(t *testing.T, config []byte) *confmap.Conf {
	t.Helper()
	r, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs:              []string{"yaml:" + string(config)},
		ProviderFactories: []confmap.ProviderFactory{envprovider.NewFactory(), yamlprovider.NewFactory()},
		DefaultScheme:     "env",
	})
	require.NoError(t, err)
	conf, err := r.Resolve(context.Background())
	require.NoError(t, err)
	require.NoError(t, r.Shutdown(context.Background()))
	return conf
}

func rendered(t *testing.T, tpl *Template, params map[string]any) *confmap.Conf {
	t.Helper()
	config, err := tpl.Render(params)
	require.NoError(t, err)
	return read(t, config)
}

// at is the value at a JSON Pointer.
func at(t *testing.T, conf *confmap.Conf, pointer string) any {
	t.Helper()
	var value any = conf.ToStringMap()
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.ReplaceAll(token, "~1", "/")
		switch v := value.(type) {
		case map[string]any:
			require.Contains(t, v, token, pointer)
			value = v[token]
		case []any:
			var i int
			_, err := fmt.Sscan(token, &i)
			require.NoError(t, err)
			require.Less(t, i, len(v), pointer)
			value = v[i]
		}
	}
	return value
}

func TestWithoutParametersItIsTheConfiguration(t *testing.T) {
	each(t, func(t *testing.T, tpl *Template) {
		for _, params := range []map[string]any{nil, {}} {
			require.Equal(t, read(t, tpl.Config).ToStringMap(), rendered(t, tpl, params).ToStringMap())
		}
	})
}

func TestTheDefaultsMakeTheConfiguration(t *testing.T) {
	each(t, func(t *testing.T, tpl *Template) {
		params := map[string]any{}
		for _, p := range tpl.Parameters {
			params[p.Name] = p.Default
		}
		require.Equal(t, read(t, tpl.Config).ToStringMap(), rendered(t, tpl, params).ToStringMap())
	})
}

func TestCommentsStay(t *testing.T) {
	config, err := lookup(t, "process-topk-v1").Render(map[string]any{"drop_attributes": []string{"process.owner"}})
	require.NoError(t, err)
	require.Contains(t, string(config), "# Titles that change must not be new series")
}

// A parameter changes its own places and nothing else.
func TestAParameterSetsItsPlaces(t *testing.T) {
	for _, c := range []struct {
		template, name string
		value, want    any
	}{
		{"process-baseline-v1", "endpoint", "https://otlp.example:4318", "https://otlp.example:4318"},
		{"process-baseline-v1", "interval", 30, "30s"},
		{"process-baseline-v1", "include_names", []string{"^nginx$", "java"}, []any{"^nginx$", "java"}},
		{"process-baseline-v1", "memory_limit", 512.0, 512},
		{"process-baseline-v1", "drop_attribute", "process.owner", "process.owner"},
		{"process-adaptive-filter-v1", "max_series", 0, 0},
		{"process-adaptive-filter-v1", "busy_load", 0.5, 0.5},
		{"process-adaptive-filter-v1", "full_cpu", 2, 2},
		{"process-adaptive-filter-v1", "calm_memory", 0.5, 0.5},
		{"process-adaptive-filter-v1", "dwell", 90, "90s"},
		{"process-adaptive-filter-v1", "processes_high", 501, 501},
		{"process-adaptive-filter-v1", "priorities", []map[string]any{{"name": "all"}}, []any{map[string]any{"name": "all"}}},
		{"process-aggregated-v1", "by", []string{}, []any{}},
		{"process-aggregated-v1", "max_groups", 50, 50},
		{"process-aggregated-v1", "forget_after", 0, "0s"},
		{
			"process-aggregated-v1", "groups",
			[]map[string]any{{"name": "tools", "conditions": []string{`IsMatch(resource.attributes["process.command_line"], "^c$")`}}},
			[]any{map[string]any{"name": "tools", "conditions": []any{`IsMatch(resource.attributes["process.command_line"], "^c$")`}}},
		},
		{"process-priority-filter-v1", "critical_names", []string{}, []any{}},
		{"process-priority-filter-v1", "high_names", []string{`a"b`, "^c+$", "0x10"}, []any{`a"b`, "^c+$", "0x10"}},
		{"process-priority-filter-v1", "high_owners", []string{"app"}, []any{"app"}},
		{"process-priority-filter-v1", "critical_only_metrics", []string{"process.threads"}, []any{"process.threads"}},
		{"process-priority-filter-v1", "drop_attribute", "process.owner", "process.owner"},
		{"process-topk-v1", "k", 7, 7},
		{"process-topk-v1", "interval", json.Number("1e1"), "10s"},
		{"process-topk-v1", "min_cpu", 0.25, 0.25},
		{"process-topk-v1", "rank_group", []string{"process.executable.name"}, []any{"process.executable.name"}},
		{"process-topk-v1", "half_life", 0, "0s"},
		{"process-topk-v1", "max_series", 0, 0},
		{"process-topk-v1", "margin", 0, 0},
		{"process-topk-v1", "hold", 100, 100},
		{"process-topk-v1", "counters", "raw", "raw"},
		{"process-topk-v1", "mode", "observe", "observe"},
		{"process-topk-v1", "state_limit", 5_000_000, 5_000_000},
		{"process-topk-v1", "drop_attributes", []string{}, []any{}},
		{
			"process-topk-v1", "critical",
			[]map[string]any{{"name": "ssh", "conditions": []string{`resource.attributes["process.executable.name"] == "sshd"`}, "max_processes": 9}},
			[]any{map[string]any{"name": "ssh", "conditions": []any{`resource.attributes["process.executable.name"] == "sshd"`}, "max_processes": 9}},
		},
	} {
		t.Run(c.template+" "+c.name, func(t *testing.T) {
			tpl := lookup(t, c.template)
			got := rendered(t, tpl, map[string]any{c.name: c.value})
			params := map[string]any{}
			for _, pointer := range tpl.Parameter(c.name).Paths {
				require.Equal(t, c.want, at(t, got, pointer), pointer)
			}
			params[c.name] = tpl.Parameter(c.name).Default
			config, err := tpl.Render(map[string]any{c.name: c.value})
			require.NoError(t, err)
			changed := *tpl
			changed.Config = config
			require.Equal(t, read(t, tpl.Config).ToStringMap(), rendered(t, &changed, params).ToStringMap(),
				"set back to the default, nothing is left of it")
		})
	}
}

// hostile are values that would be something else if they were pasted.
var hostile = []string{
	`${env:HOME}`, `$${env:HOME}`, `$HOME`, `$`, `$$`, `$$$`, `${`, `${env:`,
	`": x`, `'`, `"`, "a\nb: c", "a\r\n- b", "# no comment", "a # b", "*alias", "&anchor", "!!int 5", "!tag",
	"{a: b}", "[a]", "- a", "? a", "|", ">", "%", "@", "`", "null", "~", "true", "yes", "0x10", "1e3", "1_000", "2026-11-25",
	"..", "---", "...", " ", " leading", "trailing ", "a\x00b", "a\x1b[31mb", "\u2028", "\ufeff", "ä€😀", `a::b`, `\n`, `\`,
}

func TestHostileStringsStayData(t *testing.T) {
	t.Setenv("HOME", "/expanded")
	for _, text := range hostile {
		t.Run(fmt.Sprintf("%q", text), func(t *testing.T) {
			got := rendered(t, lookup(t, "process-topk-v1"), map[string]any{
				"include_names":   []string{text},
				"drop_attributes": []string{text, "process.command_line"},
				"critical":        []map[string]any{{"name": text, "conditions": []string{text}}},
			})
			require.Equal(t, []any{text}, at(t, got, "/receivers/processmetrics/include/names"))
			require.Equal(t, []any{text}, at(t, got, "/receivers/hostmetrics/scrapers/process/include/names"))
			require.Equal(t, []any{text, "process.command_line"}, at(t, got, "/processors/topk/drop_attributes"))
			require.Equal(t, []any{map[string]any{"name": text, "conditions": []any{text}}}, at(t, got, "/processors/topk/critical"))

			got = rendered(t, lookup(t, "process-baseline-v1"), map[string]any{"drop_attribute": text})
			require.Equal(t, text, at(t, got, "/processors/resource~1command_line/attributes/0/key"))

			got = rendered(t, lookup(t, "process-priority-filter-v1"), map[string]any{"critical_names": []string{text}})
			require.Equal(t, []any{text}, at(t, got, "/processors/resource~1priority_lists/attributes/0/value"))
		})
	}
}

func FuzzStringsStayData(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\ufffd") // JSON has no other strings
		config, err := lookup(t, "process-baseline-v1").Render(map[string]any{"drop_attribute": text})
		if n := len([]rune(text)); n == 0 || n > 200 || text == "process.pid" {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		require.Equal(t, text, at(t, read(t, config), "/processors/resource~1command_line/attributes/0/key"))
	})
}

func TestWrongParameters(t *testing.T) {
	const topk, baseline = "process-topk-v1", "process-baseline-v1"
	condition := []string{`resource.attributes["process.executable.name"] == "sshd"`}
	for name, c := range map[string]struct {
		template string
		params   map[string]any
		message  string
	}{
		"unknown parameter": {
			baseline,
			map[string]any{"k": 5},
			"k: is not a parameter of process-baseline-v1; it has drop_attribute, endpoint, include_names, interval, memory_limit",
		},
		"below the least": {
			topk,
			map[string]any{"k": 0},
			"k: must be at least 1, got 0; k is an integer from 1 to 10000 processes, by default 20",
		},
		"above the greatest": {
			topk,
			map[string]any{"k": 10001},
			"k: must be at most 10000, got 10001; k is an integer from 1 to 10000 processes, by default 20",
		},
		"a string for a number": {
			topk,
			map[string]any{"k": "20"},
			"k: got string, want integer; k is an integer from 1 to 10000 processes, by default 20",
		},
		"a fraction": {
			topk,
			map[string]any{"k": 1.5},
			"k: got number, want integer; k is an integer from 1 to 10000 processes, by default 20",
		},
		"null": {
			topk,
			map[string]any{"k": nil},
			"k: got null, want integer; k is an integer from 1 to 10000 processes, by default 20",
		},
		"a list for a number": {
			topk,
			map[string]any{"interval": []int{10}},
			"interval: got array, want integer; interval is an integer from 1 to 3600 s, by default 10",
		},
		"a unit with the number": {
			topk,
			map[string]any{"interval": "10s"},
			"interval: got string, want integer; interval is an integer from 1 to 3600 s, by default 10",
		},
		"one of a few": {
			topk,
			map[string]any{"mode": "watch"},
			`mode: this value is not possible; mode is one of enforce, observe, by default "enforce"`,
		},
		"a number for a string": {
			topk,
			map[string]any{"endpoint": 4318},
			`endpoint: got number, want string; endpoint is a string, by default "http://127.0.0.1:4318"`,
		},
		"no URL": {
			topk,
			map[string]any{"endpoint": "localhost:4318"},
			`endpoint: 'localhost:4318' does not match pattern '^https?://[^\\s]+$'; endpoint is a string, by default "http://127.0.0.1:4318"`,
		},
		"a URL with a space": {
			topk,
			map[string]any{"endpoint": "http://a b"},
			`endpoint: 'http://a b' does not match pattern '^https?://[^\\s]+$'; endpoint is a string, by default "http://127.0.0.1:4318"`,
		},
		"a string for a list": {
			topk,
			map[string]any{"include_names": ".*"},
			`include_names: got string, want array; include_names is a list, by default [".*"]`,
		},
		"an empty list": {
			topk,
			map[string]any{"include_names": []string{}},
			`include_names: minItems: got 0, want 1; include_names is a list, by default [".*"]`,
		},
		"an empty name": {
			topk,
			map[string]any{"include_names": []string{"nginx", ""}},
			`include_names::1: minLength: got 0, want 1; include_names is a list, by default [".*"]`,
		},
		"the PID in a list": {
			topk,
			map[string]any{"drop_attributes": []string{"process.pid"}},
			`drop_attributes::0: this value is not possible; drop_attributes is a list, by default ["process.command_line"]`,
		},
		"the PID alone": {
			baseline,
			map[string]any{"drop_attribute": "process.pid"},
			`drop_attribute: this value is not possible; drop_attribute is a string, by default "process.command_line"`,
		},
		"no conditions": {
			topk,
			map[string]any{"critical": []map[string]any{{"name": "ssh"}}},
			"critical::0: missing property 'conditions'; critical is a list, by default []",
		},
		"an unknown key inside": {
			topk,
			map[string]any{"critical": []map[string]any{{"name": "ssh", "conditions": condition, "max": 5}}},
			"critical::0: additional properties 'max' not allowed; critical is a list, by default []",
		},
		"out of bounds inside": {
			topk,
			map[string]any{"critical": []map[string]any{{"name": "ssh", "conditions": condition, "max_processes": 0}}},
			"critical::0::max_processes: must be at least 1, got 0; critical is a list, by default []",
		},
		"several at once": {
			topk,
			map[string]any{"k": 0, "mode": "watch", "speed": 1},
			strings.Join([]string{
				`k: must be at least 1, got 0; k is an integer from 1 to 10000 processes, by default 20`,
				`mode: this value is not possible; mode is one of enforce, observe, by default "enforce"`,
				`speed: is not a parameter of process-topk-v1; it has counters, critical, drop_attributes, endpoint, half_life, hold, include_names, interval, k, margin, max_series, memory_limit, min_cpu, mode, rank_group, scraper, state_limit`,
			}, "\n"),
		},
		"too large for a number": {
			topk,
			map[string]any{"min_cpu": json.Number("1e999")},
			"parameters of process-topk-v1: json: cannot unmarshal number 1e999 into Go value of type float64",
		},
		"an integer with an exponent": {
			topk,
			map[string]any{"interval": json.Number("1e9")},
			"interval: must be at most 3600, got 1000000000; interval is an integer from 1 to 3600 s, by default 10",
		},
		"not a number": {
			topk,
			map[string]any{"min_cpu": math.NaN()},
			"parameters of process-topk-v1: json: unsupported value: NaN",
		},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := lookup(t, c.template).Render(c.params)
			require.EqualError(t, err, c.message)
			require.Nil(t, config)
		})
	}
}

// Whichever scraper the pipeline reads from, it has the interval and the names.
func TestIntervalAndNamesReachEveryScraper(t *testing.T) {
	for _, name := range []string{"process-topk-v1", "process-aggregated-v1", "process-adaptive-filter-v1"} {
		for _, scraper := range lookup(t, name).Parameter("scraper").Enum {
			got := rendered(t, lookup(t, name), map[string]any{"scraper": scraper, "interval": 7, "include_names": []string{"^x"}})
			require.Equal(t, []any{scraper}, at(t, got, "/service/pipelines/metrics~1process/receivers"))
			process := map[any]string{"processmetrics": "", "hostmetrics": "/scrapers/process"}[scraper]
			receiver := fmt.Sprint("/receivers/", scraper)
			require.Equal(t, "7s", at(t, got, receiver+"/collection_interval"))
			require.Equal(t, []any{"^x"}, at(t, got, receiver+process+"/include/names"))
		}
	}
}
