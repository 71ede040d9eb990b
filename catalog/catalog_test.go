package catalog

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// each runs a test on every template of the catalog.
func each(t *testing.T, test func(t *testing.T, tpl *Template)) {
	t.Helper()
	for _, name := range Names() {
		tpl, err := Lookup(name)
		require.NoError(t, err)
		t.Run(name, func(t *testing.T) { test(t, tpl) })
	}
}

// parsed is a configuration as YAML reads it.
func parsed(t *testing.T, config []byte) *yaml.Node {
	t.Helper()
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal(config, &doc))
	return &doc
}

func TestNames(t *testing.T) {
	require.Equal(t, []string{"process-adaptive-filter-v1", "process-aggregated-v1", "process-baseline-v1", "process-priority-filter-v1", "process-topk-v1"}, Names())
}

func TestAnUnknownTemplateIsNamed(t *testing.T) {
	_, err := Lookup("process-top-v1")
	require.ErrorIs(t, err, ErrUnknown)
	require.EqualError(t, err, `unknown template "process-top-v1"; the catalog has process-adaptive-filter-v1, process-aggregated-v1, process-baseline-v1, process-priority-filter-v1, process-topk-v1`)
	_, err = Lookup("../catalog")
	require.ErrorIs(t, err, ErrUnknown)
}

func TestEveryParameterSaysWhatItIs(t *testing.T) {
	each(t, func(t *testing.T, tpl *Template) {
		require.NotEmpty(t, tpl.Title)
		require.NotEmpty(t, tpl.Description)
		require.NotEmpty(t, tpl.When)
		require.NotEmpty(t, tpl.Parameters)
		for _, p := range tpl.Parameters {
			require.NotEmpty(t, p.Title, p.Name)
			require.NotEmpty(t, p.Description, p.Name)
			require.NotNil(t, p.Default, p.Name)
			require.NotEmpty(t, p.Paths, p.Name)
			switch p.Type {
			case "integer", "number":
				require.NotNil(t, p.Minimum, "%s has no least value", p.Name)
				require.NotNil(t, p.Maximum, "%s has no greatest value", p.Name)
			case "string", "array":
			default:
				require.Failf(t, "unknown type", "%s: %s", p.Name, p.Type)
			}
			if p.Suffix != "" {
				require.Equal(t, "integer", p.Type, p.Name)
				require.Equal(t, p.Unit, p.Suffix, p.Name)
			}
		}
	})
}

// What the schema calls the default is what config.yaml says, at every place.
func TestDefaultsAreThoseOfTheConfiguration(t *testing.T) {
	each(t, func(t *testing.T, tpl *Template) {
		doc := parsed(t, tpl.Config)
		for _, p := range tpl.Parameters {
			for _, pointer := range p.Paths {
				node, err := find(doc, pointer)
				require.NoError(t, err)
				var want, got any
				require.NoError(t, p.node(p.Default).Decode(&want))
				require.NoError(t, node.Decode(&got))
				require.Equal(t, want, got, "%s at %s", p.Name, pointer)
			}
		}
	})
}

// Two parameters for one place would make the result depend on their order.
func TestNoPlaceHasTwoParameters(t *testing.T) {
	each(t, func(t *testing.T, tpl *Template) {
		taken := map[string]string{}
		for _, p := range tpl.Parameters {
			for _, pointer := range p.Paths {
				require.Empty(t, taken[pointer], "%s and %s set %s", taken[pointer], p.Name, pointer)
				taken[pointer] = p.Name
			}
		}
	})
}

// The catalog's promises about every template.
// reads is what a receiver reads.
type reads struct {
	include  `yaml:",inline"`   // of processmetrics
	Scrapers map[string]include `yaml:"scrapers"` // of hostmetrics
}

type include struct {
	Include struct {
		Names []string `yaml:"names"`
	} `yaml:"include"`
}

// names are the processes that a receiver reads.
func (r reads) names(id string) []string {
	if id == "hostmetrics" {
		return r.Scrapers["process"].Include.Names
	}
	return r.Include.Names
}

func TestEveryTemplateKeepsTheRules(t *testing.T) {
	each(t, func(t *testing.T, tpl *Template) {
		var config struct {
			Receivers  map[string]reads `yaml:"receivers"`
			Processors map[string]any   `yaml:"processors"`
			Exporters  map[string]struct {
				Queue struct {
					Batch map[string]any `yaml:"batch"`
				} `yaml:"sending_queue"`
			} `yaml:"exporters"`
		}
		require.NoError(t, yaml.Unmarshal(tpl.Config, &config))
		for id, r := range config.Receivers {
			require.Equal(t, []string{".*"}, r.names(id), id)
		}
		require.Contains(t, config.Receivers, "hostmetrics")
		require.NotNil(t, tpl.Parameter("include_names"))
		require.Len(t, config.Exporters, 1)
		require.NotEmpty(t, config.Exporters["otlphttp/destination"].Queue.Batch, "the exporter makes the batches")
		require.NotContains(t, config.Processors, "batch")
		processors, err := json.Marshal(config.Processors)
		require.NoError(t, err)
		require.Contains(t, string(processors), "process.command_line")
	})
}

func TestLookupReadsTheSchema(t *testing.T) {
	tpl, err := Lookup("process-topk-v1")
	require.NoError(t, err)
	k := tpl.Parameter("k")
	least, greatest := 1.0, 10000.0
	require.True(t, reflect.DeepEqual(&Parameter{
		Name: "k", Title: "Processes per metric", Description: "How many processes are kept by CPU, and how many by memory.",
		Type: "integer", Default: 20.0, Minimum: &least, Maximum: &greatest, Unit: "processes",
		Paths: []string{"/processors/topk/rank_by/0/k", "/processors/topk/rank_by/1/k"},
	}, k), "%+v", k)
	require.Nil(t, tpl.Parameter("q"))
}
