// Package manifest holds builder-config.yaml, and the collector that is built
// from it, against our components and the list of the stock distribution.
package manifest

import (
	"cmp"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const (
	root   = "../.."
	module = "github.com/phoenix-platform/phoenix"
)

// missing are the stock components that are not in ours, and why.
var missing = map[string]string{
	"core/receiver/nopreceiver":       "the module cannot be had at v0.160 or v0.159; it receives nothing",
	"contrib/exporter/zipkinexporter": "the module cannot be had at v0.160 or v0.159",
}

// older are the components that are not at the version of all others: they
// cannot be had there.
var older = map[string]string{
	"contrib/exporter/fileexporter":       "v0.159.0",
	"contrib/exporter/prometheusexporter": "v0.159.0",
	"core/connector/forwardconnector":     "v0.159.0",
}

// named are ours whose type is not the name of their folder.
var named = map[string]string{"extension/phoenixopamp": "phoenix_opamp", "extension/phoenixopamp/provider": "phoenix"}

// Versions of everything else. Stable modules have numbers of their own.
const (
	version       = "v0.160.0"
	stableVersion = "v1.66.0"
)

var kinds = []string{"receivers", "processors", "exporters", "connectors", "extensions", "providers"}

// component is a line of builder-config.yaml.
type component struct {
	name    string // core/… or contrib/…, or the import path of ours without the module
	version string
}

// manifest is builder-config.yaml: the components of each kind.
func manifest(t *testing.T) map[string][]component {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "builder-config.yaml"))
	require.NoError(t, err)
	var file map[string]yaml.Node
	require.NoError(t, yaml.Unmarshal(raw, &file))
	all := map[string][]component{}
	for _, kind := range kinds {
		var lines []struct{ GoMod, Import string }
		node := file[kind]
		require.NoError(t, node.Decode(&lines))
		for _, line := range lines {
			name, version, ok := strings.Cut(line.GoMod, " ")
			require.True(t, ok, "%q has no version", line.GoMod)
			if name == module {
				name = line.Import
			}
			all[kind] = append(all[kind], component{short(name), version})
		}
	}
	return all
}

// short names a module as the list of the stock distribution does.
func short(path string) string {
	return strings.NewReplacer(
		"github.com/open-telemetry/opentelemetry-collector-contrib/", "contrib/",
		"go.opentelemetry.io/collector/", "core/",
		module+"/", "",
	).Replace(path)
}

// stock are the components of the stock distribution: by kind and name, the
// types that a configuration may call them by.
func stock(t *testing.T) map[string]map[string][]string {
	t.Helper()
	raw, err := os.ReadFile("testdata/otelcol-v0.160.yaml")
	require.NoError(t, err)
	var list map[string]map[string][]string
	require.NoError(t, yaml.Unmarshal(raw, &list))
	require.ElementsMatch(t, kinds, slices.Collect(maps.Keys(list)))
	return list
}

// ours are the components that this repository has: folders with a factory.
// A provider belongs to the extension that it is for.
func ours(t *testing.T, kind string) (names []string) {
	t.Helper()
	if kind == "providers" {
		return []string{"extension/phoenixopamp/provider"}
	}
	singular := strings.TrimSuffix(kind, "s")
	factories, err := filepath.Glob(filepath.Join(root, singular, "*", "factory.go"))
	require.NoError(t, err)
	for _, f := range factories {
		names = append(names, path.Join(singular, filepath.Base(filepath.Dir(f))))
	}
	return names
}

// A configuration written for the stock collector runs unchanged, and nothing
// is in the binary that nobody asked for.
func TestTheManifestIsTheStockListAndOurs(t *testing.T) {
	listed, stock := manifest(t), stock(t)
	require.Equal(t, []string{"processor/adaptivefilter", "processor/processgroup", "processor/seriesmeter", "processor/topk"}, ours(t, "processors"))
	require.Equal(t, []string{"receiver/processmetrics"}, ours(t, "receivers"))
	require.Equal(t, []string{"extension/phoenixopamp"}, ours(t, "extensions"))
	for _, kind := range kinds {
		want := ours(t, kind)
		for name := range stock[kind] {
			if missing[name] == "" {
				want = append(want, name)
			}
		}
		var got []string
		for _, c := range listed[kind] {
			got = append(got, c.name)
		}
		require.ElementsMatch(t, want, got, kind)
	}
}

func TestWhatIsMissingIsInTheStockList(t *testing.T) {
	all := map[string]bool{}
	for _, names := range stock(t) {
		for name := range names {
			all[name] = true
		}
	}
	for name := range missing {
		require.True(t, all[name], "%s is not in the stock list: remove it from the missing", name)
	}
}

func TestVersionsAreTheSame(t *testing.T) {
	seen := map[string]bool{}
	for kind, components := range manifest(t) {
		for _, c := range components {
			want := version
			switch {
			case older[c.name] != "":
				want = older[c.name]
				seen[c.name] = true
			case slices.Contains(ours(t, kind), c.name):
				want = "v0.0.0" // replaced by this folder
			case kind == "providers":
				want = stableVersion
			}
			require.Equal(t, want, c.version, c.name)
		}
	}
	for name := range older {
		require.True(t, seen[name], "%s is not in builder-config.yaml: remove it from the older", name)
	}
}

// built is what the collector says of itself.
func built(t *testing.T) map[string][]component {
	t.Helper()
	binary := filepath.Join(root, "bin", "otelcol-phoenix")
	require.FileExists(t, binary, "run make build")
	raw, err := exec.Command(binary, "components").Output()
	require.NoError(t, err)
	var said map[string]yaml.Node
	require.NoError(t, yaml.Unmarshal(raw, &said))
	all := map[string][]component{}
	for _, kind := range kinds {
		var lines []struct{ Name, Scheme, Module string }
		node := said[kind]
		require.NoError(t, node.Decode(&lines))
		for _, line := range lines {
			all[kind] = append(all[kind], component{line.Name + line.Scheme, line.Module}) // a provider has a scheme
		}
	}
	return all
}

// The binary has what the manifest lists, under the types of the stock list.
func TestTheCollectorIsBuiltFromTheManifest(t *testing.T) {
	listed, built, stock := manifest(t), built(t), stock(t)
	for _, kind := range kinds {
		var got, want []string
		for _, c := range built[kind] {
			got = append(got, c.name)
		}
		for _, c := range listed[kind] {
			if types := stock[kind][c.name]; types != nil {
				want = append(want, types[0])
			} else {
				want = append(want, cmp.Or(named[c.name], path.Base(c.name)))
			}
		}
		require.ElementsMatch(t, want, got, "%s; run make build", kind)
	}
}

// Older types of a component are still taken, as the stock collector does.
func TestEveryTypeOfTheStockListIsKnown(t *testing.T) {
	binary := filepath.Join(root, "bin", "otelcol-phoenix")
	require.FileExists(t, binary, "run make build")
	for kind, components := range stock(t) {
		if kind == "providers" {
			continue
		}
		for name, types := range components {
			for _, typ := range types {
				said, err := exec.Command(binary, "validate", "--config", "yaml:"+kind+"::"+typ+":").CombinedOutput()
				require.Error(t, err) // it has no pipelines
				if missing[name] != "" {
					require.Contains(t, string(said), `unknown type: "`+typ+`"`)
				} else {
					require.NotContains(t, string(said), "unknown type", "%s %s", kind, typ)
				}
			}
		}
	}
}
