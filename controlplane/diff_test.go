package controlplane

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func versioned(number int, s DeploymentSpec) Version { return Version{Number: number, Spec: s} }

func TestADiffIsByComponentAndByText(t *testing.T) {
	before := "receivers:\n  otlp: {}\nprocessors:\n  topk: {k: 20, other: {name: _other_}}\n  batch: {}\nservice:\n  pipelines:\n    metrics: {processors: [topk, batch]}\n  telemetry: {a: 1}\n"
	after := "service:\n  telemetry: {a: 1}\n  pipelines:\n    metrics: {processors: [topk]}\nreceivers:\n  otlp: {}\nprocessors:\n  topk: {k: 10, other: {name: _other_}}\nextensions:\n  \"a/b~c\": {}\n"
	d, err := diff(versioned(1, DeploymentSpec{Selector: labelSelector("tier", "web")}), versioned(2, DeploymentSpec{Selector: labelSelector("tier", "db")}), []byte(before), []byte(after))
	require.NoError(t, err)
	require.Equal(t, []ComponentChange{
		{Section: "extensions", ID: "a/b~c", Change: Added, Fields: []FieldChange{{Path: "", From: nil, To: map[string]any{}}}},
		{Section: "processors", ID: "batch", Change: Removed, Fields: []FieldChange{{Path: "", From: map[string]any{}, To: nil}}},
		{Section: "processors", ID: "topk", Change: Changed, Fields: []FieldChange{{Path: "/k", From: 20, To: 10}}},
		{Section: "service.pipelines", ID: "metrics", Change: Changed, Fields: []FieldChange{{Path: "/processors", From: []any{"topk", "batch"}, To: []any{"topk"}}}},
	}, d.Components, "what only changed its place is no change")
	require.Equal(t, []FieldChange{{Path: "/selector/matchLabels/tier", From: "web", To: "db"}}, d.Spec)
	require.Contains(t, d.Text, "--- version 1\n+++ version 2\n")
	require.Contains(t, d.Text, "-  topk: {k: 20, other: {name: _other_}}\n")
}

func TestADiffToItselfIsEmpty(t *testing.T) {
	v := versioned(1, DeploymentSpec{Selector: labelSelector("tier", "web")})
	d, err := diff(v, v, []byte("processors: {topk: {n: .nan}}"), []byte("processors: {topk: {n: .nan}}"))
	require.NoError(t, err)
	require.Empty(t, d.Spec)
	require.Empty(t, d.Components)
	require.Empty(t, d.Text)
}

func TestADiffOfWhatIsNoConfigurationIsItsText(t *testing.T) {
	d, err := diff(versioned(1, DeploymentSpec{}), versioned(2, DeploymentSpec{}), []byte("a: ["), []byte("just words"))
	require.NoError(t, err)
	require.Empty(t, d.Components)
	require.Contains(t, d.Text, "+just words")
}

func TestTheFirstVersionIsAllNew(t *testing.T) {
	d, err := diff(Version{}, versioned(1, DeploymentSpec{Selector: Selector{All: true}}), nil, []byte("processors: {topk: }\n"))
	require.NoError(t, err)
	require.Equal(t, 0, d.From)
	require.Len(t, d.Components, 1)
	require.Equal(t, Added, d.Components[0].Change)
	require.Len(t, d.Spec, 1, "the whole spec is one change")
	require.Nil(t, d.Spec[0].From)
}
