package controlplane

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const onePipeline = `# kept
receivers:
  otlp: {} # as it is
processors:
  batch:
  topk/web:
    critical:
      - name: nginx
        conditions: [old]
      - name: sshd
        conditions: [stays]
  seriesmeter:
exporters:
  nop:
`

func entry(name, condition string) CriticalEntry {
	return CriticalEntry{Name: name, Conditions: []string{condition}}
}

func TestCriticalEntriesReachEveryProcessorThatHasAList(t *testing.T) {
	limited := entry("nginx", `name == "nginx"`)
	limited.MaxProcesses = 5
	text, err := withCritical([]byte(onePipeline), []CriticalEntry{limited})
	require.NoError(t, err)
	require.Equal(t, `# kept
receivers:
  otlp: {} # as it is
processors:
  batch:
  topk/web:
    critical:
      - name: sshd
        conditions: [stays]
      - name: nginx
        conditions:
          - name == "nginx"
        max_processes: 5
  seriesmeter:
    critical:
      - name: nginx
        conditions:
          - name == "nginx"
        max_processes: 5
exporters:
  nop:
`, string(text))
}

func TestCriticalEntriesAreReadAsTheyWereWritten(t *testing.T) {
	for _, odd := range []string{"a$b", "${env:HOME}", "$$", "'", `"`, "true", "1", "a: b", "# no comment", "- x", "*alias", "&anchor", "{}", " x ", "Übersicht 監視"} {
		text, err := withCritical([]byte(onePipeline), []CriticalEntry{entry(odd, odd)})
		require.NoError(t, err)
		list := parts(text)[part{"processors", "seriesmeter"}].(map[string]any)["critical"].([]any)
		got := list[0].(map[string]any)
		want := literal(odd).Value // a collector turns $$ into $
		require.Equal(t, want, got["name"], odd)
		require.Equal(t, []any{want}, got["conditions"], odd)

		back, err := withoutCritical(text, []string{odd})
		require.NoError(t, err)
		require.NotContains(t, string(back), "name: "+odd+"\n")
		require.Empty(t, parts(back)[part{"processors", "seriesmeter"}].(map[string]any)["critical"], odd)
	}
}

func TestATextWithoutEntriesStaysAsItIs(t *testing.T) {
	for _, text := range []string{onePipeline, "not: [a", ""} {
		got, err := withCritical([]byte(text), nil)
		require.NoError(t, err)
		require.Equal(t, text, string(got))
	}
}

func TestAPipelineThatCannotProtectIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, pointer, want string }{
		"nothing":            {"", "/spec/critical", "has no processor with a critical list; add one of topk,"},
		"no processors":      {"receivers: {otlp: {}}", "/spec/critical", "has no processor"},
		"others only":        {"processors: {batch: {}, topkx: {}}", "/spec/critical", "has no processor"},
		"settings by alias":  {"x: &x {k: 1}\nprocessors: {topk: *x}", "/spec/pipeline/inline", "from a YAML alias"},
		"settings by merge":  {"x: &x {k: 1}\nprocessors: {topk: {<<: *x}}", "/spec/pipeline/inline", "from a YAML alias"},
		"a list by alias":    {"x: &x []\nprocessors: {topk: {critical: *x}}", "/spec/pipeline/inline", "from a YAML alias"},
		"what is not YAML":   {"processors: [", "/spec/pipeline", "pipeline: yaml:"},
		"a list of settings": {"processors: {topk: [1]}", "/spec/critical", "has no processor"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := withCritical([]byte(c.text), []CriticalEntry{entry("nginx", "true")})
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, CodeInvalid, e.Code)
			require.Equal(t, c.pointer, e.Details[0].Pointer)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestTemplatesWithAPhoenixProcessorTakeACriticalList(t *testing.T) {
	for name, takes := range map[string]bool{
		"process-topk-v1": true, "process-adaptive-filter-v1": true, "process-aggregated-v1": true,
		"process-priority-filter-v1": false, "process-baseline-v1": false, // the stock collector's processors only
	} {
		config, err := RenderCatalog(t.Context(), DeploymentSpec{Pipeline: Pipeline{Template: name}, Critical: []CriticalEntry{entry("nginx", "true")}})
		if !takes {
			require.ErrorContains(t, err, "no processor with a critical list", name)
			continue
		}
		require.NoError(t, err, name)
		require.Contains(t, string(config.Text), "- name: nginx", name)
		require.Equal(t, name, config.Template)
		require.Len(t, config.TemplateHash, 64, name)
	}
}
