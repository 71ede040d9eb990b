package agentfile_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/catalog/section"
	"github.com/phoenix-platform/phoenix/internal/agentfile"
)

const (
	schemaFile = "../../deploy/agent.schema.json"
	docsFile   = "../../docs/agent-file.md"
)

var update = flag.Bool("update", false, "write the schema, the table of keys and the messages")

// pathsOf lists the paths of a type's keys, as Keys writes them.
func pathsOf(t reflect.Type, path string) (paths []string) {
	switch {
	case t.Kind() == reflect.Struct:
		for field := range t.Fields() {
			if key := field.Tag.Get("yaml"); key != "" {
				paths = append(paths, pathsOf(field.Type, strings.TrimPrefix(path+"::"+key, "::"))...)
			}
		}
		return paths
	case t.Kind() == reflect.Map && t.Elem().Kind() != reflect.Interface:
		return pathsOf(t.Elem(), path+"::NAME")
	case t.Kind() == reflect.Slice:
		return pathsOf(t.Elem(), path+"[]")
	}
	return []string{path}
}

func TestKeysAreThoseOfTheType(t *testing.T) {
	var documented []string
	for _, key := range agentfile.Keys() {
		documented = append(documented, key.Path)
	}
	require.ElementsMatch(t, pathsOf(reflect.TypeFor[agentfile.File](), ""), documented)
}

// schemaOf is the JSON Schema of a type.
func schemaOf(t reflect.Type, path string) map[string]any {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return leaf("string", path)
	case t.Kind() == reflect.Struct:
		properties := map[string]any{}
		for field := range t.Fields() {
			if key := field.Tag.Get("yaml"); key != "" {
				properties[key] = schemaOf(field.Type, strings.TrimPrefix(path+"::"+key, "::"))
			}
		}
		return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	case t.Kind() == reflect.Map && t.Elem().Kind() == reflect.Interface:
		return leaf("object", path)
	case t.Kind() == reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem(), path+"::NAME")}
	case t.Kind() == reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem(), path+"[]")}
	case t.Kind() == reflect.Bool:
		return leaf("boolean", path)
	case t.Kind() == reflect.Int:
		return leaf("integer", path)
	}
	if strings.HasSuffix(path, "::min") || strings.HasSuffix(path, "::max") {
		return leaf([]string{"string", "number"}, path)
	}
	return leaf("string", path)
}

func leaf(jsonType any, path string) map[string]any {
	all := agentfile.Keys()
	i := slices.IndexFunc(all, func(k agentfile.Key) bool { return k.Path == path })
	return map[string]any{"type": jsonType, "description": all[i].Meaning}
}

func TestTheSchemaIsThatOfTheType(t *testing.T) {
	schema := schemaOf(reflect.TypeFor[agentfile.File](), "")
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "The agent file of otelcol-phoenix"
	want, err := json.MarshalIndent(schema, "", "  ")
	require.NoError(t, err)
	checkFile(t, schemaFile, string(want)+"\n")
}

func TestTheTableOfKeysIsUpToDate(t *testing.T) {
	var b strings.Builder
	b.WriteString("| Key | Default | Meaning |\n| --- | --- | --- |\n")
	for _, key := range agentfile.Keys() {
		preset := ""
		if key.Default != "" {
			preset = "`" + key.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", key.Path, preset, key.Meaning)
	}
	have, err := os.ReadFile(docsFile)
	require.NoError(t, err)
	want, err := section.Replace(string(have), "keys", b.String())
	require.NoError(t, err)
	checkFile(t, docsFile, want)
}

func checkFile(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	have, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(have), "run go test ./internal/agentfile -update")
}

func TestGoodFilesMeetTheSchemaAndTheExampleIsOne(t *testing.T) {
	compiled, err := jsonschema.NewCompiler().Compile(schemaFile)
	require.NoError(t, err)
	texts := []string{example(t)}
	for _, file := range files(t, "testdata/*.good.yaml") {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		texts = append(texts, string(text))
	}
	for _, text := range texts {
		_, err := agentfile.Parse([]byte(text))
		require.NoError(t, err)
		require.NoError(t, compiled.Validate(decoded(t, text)))
	}
	require.Error(t, compiled.Validate(decoded(t, "server: {endpont: x}")))
}

// example is the first block of YAML in the documentation.
func example(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(docsFile)
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "```yaml\n")
	require.True(t, found)
	block, _, found := strings.Cut(rest, "```")
	require.True(t, found)
	return block
}

// decoded is a YAML text as the schema sees it.
func decoded(t *testing.T, text string) any {
	t.Helper()
	var v any
	require.NoError(t, yaml.Unmarshal([]byte(text), &v))
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	v, err = jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	require.NoError(t, err)
	return v
}
