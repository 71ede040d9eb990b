package seriesmeter

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/conformance"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

func TestTheREADMEHasEveryKey(t *testing.T) {
	var want []string
	for key := range conformance.KeyTable(t) {
		want = append(want, key)
	}
	require.ElementsMatch(t, leaves(reflect.TypeFor[Config](), ""), want)
}

// leaves lists the paths of a configuration's keys; a list has one of its own,
// and [] stands for any element. Of the HTTP client's there are the two that a
// meter has an opinion on.
func leaves(t reflect.Type, path string) (keys []string) {
	for f := range t.Fields() {
		key := path + f.Tag.Get(confmap.MapstructureTag)
		switch {
		case f.Type == reflect.TypeFor[confighttp.ClientConfig]():
			keys = append(keys, key+".endpoint", key+".timeout")
		case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct:
			keys = append(append(keys, key), leaves(f.Type.Elem(), key+"[].")...)
		default:
			keys = append(keys, key)
		}
	}
	return keys
}

// The defaults in the README are those of the default configuration.
func TestTheREADMEHasTheDefaults(t *testing.T) {
	conf := confmap.New()
	for key, text := range conformance.KeyTable(t) {
		if text == "" {
			continue
		}
		var value any
		require.NoError(t, yaml.Unmarshal([]byte(text), &value), key)
		path := strings.ReplaceAll(key, ".", confmap.KeyDelimiter)
		require.NoError(t, conf.Merge(confmap.NewFromStringMap(map[string]any{path: value})))
	}
	got := &Config{Records: confighttp.NewDefaultClientConfig()}
	require.NoError(t, conf.Unmarshal(got))
	want := createDefaultConfig().(*Config)
	want.Critical = got.Critical[:0]
	require.Equal(t, want, got)
}

func TestTheREADMEHasEveryMetric(t *testing.T) { conformance.READMEHasEveryMetric(t) }

func TestTheREADMEHasEveryGaugeOfARecord(t *testing.T) {
	md := pmetric.NewMetrics()
	scraperecord.Encode(&scraperecord.Record{
		Compared: &scraperecord.Comparison{Lost: scraperecord.Lost{PID: 1}},
		Critical: []scraperecord.Critical{{}},
	}, md.ResourceMetrics())
	for _, m := range md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
		require.Contains(t, conformance.Text(t, "README.md"), "| `"+m.Name()+"` | "+m.Unit()+" |")
	}
}

// The README shows a record of a case, apart from what a run measures anew.
func TestTheREADMEHasTheExample(t *testing.T) {
	var rows strings.Builder
	md := read(t, filepath.Join("testdata", "compares_what_goes_out_with_what_came_in"), "record", 1)
	for _, m := range md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
		switch m.Name() {
		case "phoenix.scrape.bytes", "phoenix.scrape.duration", "phoenix.scrape.critical":
		default:
			fmt.Fprintf(&rows, "| `%s` | %v |\n", m.Name(), m.Gauge().DataPoints().At(0).DoubleValue())
		}
	}
	require.Contains(t, conformance.Text(t, "README.md"), "| --- | --- |\n"+rows.String())
}
