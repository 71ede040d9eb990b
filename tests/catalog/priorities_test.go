package catalog

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.yaml.in/yaml/v3"
)

// priorities are the lists of process-priority-filter-v1.
type priorities map[string][]string

func listed(t *testing.T) priorities {
	t.Helper()
	lists := priorities{}
	tpl := lookup(t, "process-priority-filter-v1")
	for _, name := range []string{"critical_names", "high_names", "high_owners", "critical_only_metrics"} {
		raw, err := yaml.Marshal(tpl.Parameter(name).Default)
		require.NoError(t, err)
		var list []string
		require.NoError(t, yaml.Unmarshal(raw, &list))
		lists[name] = list
	}
	return lists
}

// lacks says whether a process of these attributes loses a metric.
func (p priorities) lacks(attrs pcommon.Map, metric string) bool {
	name, _ := attrs.Get("process.executable.name")
	owner, _ := attrs.Get("process.owner")
	switch {
	case slices.Contains(p["critical_names"], name.Str()):
		return false
	case slices.Contains(p["high_names"], name.Str()), slices.Contains(p["high_owners"], owner.Str()):
		return slices.Contains(p["critical_only_metrics"], metric)
	}
	return true
}

// requirePriorities fails unless the outcome is the recording but for what has
// too low a priority.
func requirePriorities(t *testing.T, o *outcome) {
	t.Helper()
	lists := listed(t)
	in := recordedScrapes(t)
	for _, md := range in {
		md.ResourceMetrics().RemoveIf(func(rm pmetric.ResourceMetrics) bool {
			attrs := rm.Resource().Attributes()
			for _, sm := range rm.ScopeMetrics().All() {
				sm.Metrics().RemoveIf(func(m pmetric.Metric) bool { return lists.lacks(attrs, m.Name()) })
			}
			return false
		})
	}
	requireEverything(t, in, o.out)
}

// A name is compared as it is, whatever it looks like to YAML, to the
// collector's configuration, to OTTL or to a regular expression.
func TestPrioritiesCompareHostileNames(t *testing.T) {
	hostile := []string{
		`a"b`, `a\b`, `a\"b`, `"] != nil or true or "" == "`, `^(.*)$`, `.*`, `c++`, `[a-z]`, `$`, `$$`, `${env:HOME}`, `'`,
		"a\nb: c", "true", "0x10", "1e3", "null", "~", " ", "ä€😀", `{"a": 1}`, `(sd-pam)`, `kworker/0:1H-kblockd`,
	}
	scrapes := recordedScrapes(t)[:1]
	for i, rm := range scrapes[0].ResourceMetrics().All() {
		if i < len(hostile) {
			rm.Resource().Attributes().PutStr("process.executable.name", hostile[i])
		}
	}
	tpl := lookup(t, "process-priority-filter-v1")
	for _, list := range []string{"critical_names", "high_names"} {
		params := map[string]any{"critical_names": []any{}, "high_names": []any{}, "high_owners": []any{}}
		params[list] = hostile
		var got []string
		for _, md := range run(t, tpl, params, scrapes) {
			for _, rm := range md.ResourceMetrics().All() {
				name, _ := rm.Resource().Attributes().Get("process.executable.name")
				got = append(got, name.Str())
				for _, key := range []string{"priority.critical_names", "priority.high_names", "priority.high_owners", "priority.critical_only_metrics"} {
					_, has := rm.Resource().Attributes().Get(key)
					require.False(t, has, "%s has left with %s", key, name.Str())
				}
			}
		}
		require.ElementsMatch(t, hostile, got, list)
	}
}
