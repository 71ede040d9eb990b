package ownership_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/ownership"
)

// value draws what an owner may write anywhere: expressions too.
func value(t *rapid.T) any {
	return rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.IntRange(0, 9), func(i int) any { return i }),
		rapid.Map(rapid.SampledFrom([]string{"", "a", "$", "${env:OWN}", "${file:/own.yaml}", "a$$b"}), func(s string) any { return s }),
		rapid.Just[any](map[string]any{"critical": []any{"${env:OWN}"}, "role": "input"}),
		rapid.Just[any]([]any{map[string]any{"x": "$$"}}),
	).Draw(t, "value")
}

// components draws a section of the owner's, with the first two for sure: the
// remote configurations refer to them.
func components(t *rapid.T, types ...string) map[string]any {
	all := map[string]any{}
	for _, id := range append(types[:2:2], rapid.SliceOfN(rapid.SampledFrom(types), 0, 3).Draw(t, "ids")...) {
		all[id] = value(t)
	}
	return all
}

// ofOwner draws an owner's configuration: it need not be one that runs.
func ofOwner(t *rapid.T) map[string]any {
	pipelines := map[string]any{}
	for _, id := range rapid.SliceOfN(rapid.SampledFrom([]string{"traces", "metrics", "metrics/own", "logs"}), 0, 3).Draw(t, "pipelines") {
		pipelines[id] = map[string]any{"receivers": []any{"otlp"}, "processors": []any{"topk", "batch"}, "exporters": []any{"debug"}}
	}
	metrics := rapid.SampledFrom([]any{
		nil, map[string]any{"level": "detailed"}, map[string]any{"readers": []any{map[string]any{"pull": "${env:OWN}"}}}, map[string]any{"readers": []any{}},
	}).Draw(t, "metrics")
	return map[string]any{
		"receivers":  components(t, "otlp", "hostmetrics/own", "processmetrics", "processmetrics/own"),
		"processors": components(t, "batch", "topk", "seriesmeter/own", "memory_limiter"),
		"exporters":  components(t, "debug", "otlphttp", "otlphttp/own"),
		"connectors": components(t, "count", "spanmetrics"),
		"extensions": components(t, "health_check", "zpages"),
		"service": map[string]any{
			"extensions": []any{"health_check"}, "pipelines": pipelines,
			"telemetry": map[string]any{"resource": map[string]any{"team": value(t)}, "metrics": metrics},
		},
	}
}

// Whatever an owner wrote and whatever comes from afar: what the owner wrote is
// in what runs, as it was.
func TestTheOwnersPartsStayEqual(t *testing.T) {
	file, _ := host(t)
	remotes := good(t)
	remotes["nothing"], remotes["selecting"] = nil, []byte(selecting)
	names := slices.Sorted(maps.Keys(remotes))
	rapid.Check(t, func(t *rapid.T) {
		owner := ofOwner(t)
		before := written(t, owner)
		name := rapid.SampledFrom(names).Draw(t, "remote")
		effective, err := ownership.Compose(ownership.Parts{Owner: owner, Remote: remotes[name], Agent: file, Guards: guards, Lookup: lookup})
		require.NoError(t, err)
		require.Equal(t, before, written(t, owner), "the parts are left alone")
		holds(t, owner, effective.Config, "")
	})
}

// holds requires that all of one value is in another: maps and lists may have
// grown at their ends.
func holds(t *rapid.T, want, have any, path string) {
	switch w := want.(type) {
	case map[string]any:
		h, isMap := have.(map[string]any)
		require.True(t, isMap, path)
		for key := range w {
			holds(t, w[key], h[key], path+"::"+key)
		}
		if grows[path] {
			return
		}
		require.Len(t, h, len(w), path)
	case []any:
		h, isList := have.([]any)
		require.True(t, isList && len(h) >= len(w), path)
		require.Equal(t, w, h[:len(w)], path)
		require.True(t, grows[path] || len(h) == len(w), path)
	case nil:
		require.True(t, have == nil || grows[path], path)
	default:
		require.Equal(t, want, have, path)
	}
}

// grows are the places that the agent adds to.
var grows = map[string]bool{
	"": true, "::receivers": true, "::processors": true, "::exporters": true, "::extensions": true,
	"::service": true, "::service::pipelines": true, "::service::extensions": true,
	"::service::telemetry": true, "::service::telemetry::metrics": true, "::service::telemetry::metrics::readers": true,
}

// written is a configuration as a file.
func written(t *rapid.T, config map[string]any) string {
	text, err := yaml.Marshal(config)
	require.NoError(t, err)
	return string(text)
}
