package conformance

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.yaml.in/yaml/v3"
)

// READMEHasEveryKey tests that the README's table has the keys of the
// configuration and no others.
func READMEHasEveryKey(t *testing.T, factory component.Factory) {
	t.Helper()
	var want []string
	for key := range KeyTable(t) {
		want = append(want, key)
	}
	require.ElementsMatch(t, leaves(reflect.TypeOf(factory.CreateDefaultConfig()).Elem(), ""), want)
}

// leaves lists the paths of a configuration's keys; a list has one of its own,
// and [] stands for any element.
func leaves(t reflect.Type, path string) (keys []string) {
	for f := range t.Fields() {
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

// READMEHasTheDefaults tests that the defaults in the README's table make the
// default configuration.
func READMEHasTheDefaults(t *testing.T, factory component.Factory) {
	t.Helper()
	conf := confmap.New()
	for key, text := range KeyTable(t) {
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
	want := factory.CreateDefaultConfig()
	got := reflect.New(reflect.TypeOf(want).Elem()).Interface()
	require.NoError(t, conf.Unmarshal(got))
	clearEmpty(reflect.ValueOf(want).Elem())
	clearEmpty(reflect.ValueOf(got).Elem())
	require.Equal(t, want, got)
}

// clearEmpty makes empty lists and no lists the same.
func clearEmpty(v reflect.Value) {
	for _, field := range v.Fields() {
		switch {
		case field.Kind() == reflect.Struct:
			clearEmpty(field)
		case field.Kind() == reflect.Slice && field.Len() == 0:
			field.SetZero()
		}
	}
}
