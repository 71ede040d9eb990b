package adaptivefilter

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/conformance"
)

func TestTheREADMEHasEveryKey(t *testing.T) {
	var want []string
	for key := range conformance.KeyTable(t) {
		want = append(want, key)
	}
	require.ElementsMatch(t, leaves(reflect.TypeFor[Config](), ""), want)
}

// leaves lists the paths of a configuration's keys; a list has one of its own,
// and [] stands for any element.
func leaves(t reflect.Type, path string) (keys []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		key := path + f.Tag.Get(confmap.MapstructureTag)
		switch {
		case f.Type.Kind() == reflect.Struct:
			keys = append(keys, leaves(f.Type, key+".")...)
		case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct:
			keys = append(append(keys, key), leaves(f.Type.Elem(), key+"[].")...)
		default:
			keys = append(keys, key)
		}
	}
	return keys
}

// The defaults in the README make the default configuration.
func TestTheREADMEHasTheDefaults(t *testing.T) {
	conf := confmap.New()
	for key, text := range conformance.KeyTable(t) {
		if strings.Contains(key, "[]") {
			require.Empty(t, text, "%s: an element has no default", key)
			continue
		}
		var value any
		require.NoError(t, yaml.Unmarshal([]byte(text), &value), key)
		require.NotNil(t, value, key)
		path := strings.ReplaceAll(key, ".", confmap.KeyDelimiter)
		require.NoError(t, conf.Merge(confmap.NewFromStringMap(map[string]any{path: value})))
	}
	got := &Config{}
	require.NoError(t, conf.Unmarshal(got))
	want := createDefaultConfig().(*Config)
	want.Priorities, want.Critical = Priorities{}, got.Critical[:0]
	require.Equal(t, want, got)
}

func TestTheREADMEHasEveryMetric(t *testing.T) { conformance.READMEHasEveryMetric(t) }
