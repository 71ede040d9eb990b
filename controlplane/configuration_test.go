package controlplane

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Each wrong parameter is a problem of its own, at its place.
func TestWrongParametersHaveTheirPlaces(t *testing.T) {
	_, err := RenderCatalog(t.Context(), DeploymentSpec{Pipeline: Pipeline{
		Template: "process-topk-v1", Parameters: map[string]any{"k": 0, "a/b": 1, "critical": []any{map[string]any{"name": 7}}},
	}})
	var told *Error
	require.ErrorAs(t, err, &told)
	require.Equal(t, CodeInvalid, told.Code)
	places := map[string]string{}
	for _, d := range told.Details {
		places[d.Pointer] = d.Message
	}
	require.Contains(t, places["/spec/pipeline/parameters/a~1b"], "a/b: is not a parameter of process-topk-v1")
	require.Contains(t, places["/spec/pipeline/parameters/k"], "k: ")
	require.Contains(t, places, "/spec/pipeline/parameters/critical/0/name")

	_, err = RenderCatalog(t.Context(), DeploymentSpec{Pipeline: Pipeline{
		Template: "process-topk-v1", Parameters: map[string]any{"k": func() {}},
	}})
	require.ErrorAs(t, err, &told)
	require.Equal(t, "/spec/pipeline/parameters", told.Details[0].Pointer)
}
