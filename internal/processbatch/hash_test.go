package processbatch

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Attribute sets that differ have other hashes, those that only look mirrored,
// or have the same text twice, too.
func TestHashesTellAttributesApart(t *testing.T) {
	seen := map[uint64]map[string]any{}
	for _, set := range []map[string]any{
		{},
		{"a": "b"},
		{"b": "a"},
		{"kafka": "kafka"},
		{"java": "java"},
		{"a": "a", "b": "b"},
		{"a": "b", "b": "a"},
		{"a": int64(1)},
		{"a": "1"},
		{"a": 1.0},
		{"a": true},
		{"a": ""},
	} {
		attrs := pcommon.NewMap()
		require.NoError(t, attrs.FromRaw(set))
		h := HashAttributes(attrs, nil)
		require.NotContains(t, seen, h, "%v", set)
		seen[h] = set
	}
}

func TestHashesOfAttributesAreOfNoOrder(t *testing.T) {
	straight, mixed := pcommon.NewMap(), pcommon.NewMap()
	straight.PutStr("a", "1")
	straight.PutStr("b", "2")
	mixed.PutStr("b", "2")
	mixed.PutStr("c", "3")
	mixed.PutStr("a", "1")
	require.Equal(t, HashAttributes(straight, nil), HashAttributes(mixed, []string{"c"}))
	require.NotEqual(t, HashAttributes(straight, nil), HashAttributes(mixed, nil))
}
