package profile_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/loadsim/profile"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("schema.json")
	require.NoError(t, err)
	return s
}

// decoded is a YAML file as the schema sees it.
func decoded(t *testing.T, file string) any {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	var v any
	require.NoError(t, yaml.Unmarshal(content, &v))
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	v, err = jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	require.NoError(t, err)
	return v
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

func TestGoodFilesAreReadAndMeetTheSchema(t *testing.T) {
	s := schema(t)
	for _, file := range append(files(t, "examples/*.yaml"), files(t, "testdata/*.good.yaml")...) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f, err := profile.Read(file)
			require.NoError(t, err)
			require.NoError(t, s.Validate(decoded(t, file)))
			plan, err := profile.New(profile.Parameters{Profile: profile.Custom, File: f})
			require.NoError(t, err)
			require.Equal(t, f.Name, plan.Profile)
			require.Positive(t, plan.Figures().Processes)
		})
	}
}

func TestBadFilesSayWhatToDo(t *testing.T) {
	for _, file := range files(t, "testdata/*.bad.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			_, err = profile.Parse(content)
			require.Error(t, err)
			want, readErr := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".txt")
			require.NoError(t, readErr, "message: %s", err)
			require.Equal(t, string(want), err.Error()+"\n")
			_, err = profile.Read(file)
			require.ErrorContains(t, err, file)
		})
	}
}

// TestTheSchemaHasTheKeysOfTheDecoder compares both ways.
func TestTheSchemaHasTheKeysOfTheDecoder(t *testing.T) {
	raw, err := os.ReadFile("schema.json")
	require.NoError(t, err)
	type object struct {
		Properties map[string]struct {
			Description string `json:"description"`
			Ref         string `json:"$ref"`
		} `json:"properties"`
	}
	var s struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(raw, &s))
	for name, c := range map[string]struct {
		of    any
		found object
	}{
		"file": {profile.File{}, s.object}, "pattern": {profile.Pattern{}, s.Defs["pattern"]}, "child": {profile.Child{}, s.Defs["child"]},
		"lifetime": {profile.Lifetime{}, s.Defs["lifetime"]}, "cpu": {profile.CPU{}, s.Defs["cpu"]}, "memory": {profile.Memory{}, s.Defs["memory"]},
	} {
		t.Run(name, func(t *testing.T) {
			var keys []string
			for key, p := range c.found.Properties {
				keys = append(keys, key)
				require.True(t, p.Description != "" || p.Ref != "", "%s is not described", key)
			}
			require.ElementsMatch(t, yamlKeys(reflect.TypeOf(c.of)), keys)
		})
	}
}

func yamlKeys(t reflect.Type) (keys []string) {
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if options == "inline" {
			keys = append(keys, yamlKeys(t.Field(i).Type)...)
			continue
		}
		keys = append(keys, name)
	}
	slices.Sort(keys)
	return keys
}

func TestAFileThatIsTooLongIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "long.yaml")
	require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("#", 1<<20+1)), 0o600))
	_, err := profile.Read(file)
	require.ErrorContains(t, err, "longer than")
}

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"examples/*.yaml", "testdata/*.yaml"} {
		found, err := filepath.Glob(pattern)
		require.NoError(f, err)
		for _, file := range found {
			content, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(content)
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := profile.Parse(content)
		if err != nil {
			return
		}
		plan, err := profile.New(profile.Parameters{Profile: profile.Custom, File: file, Duration: 1})
		require.NoError(t, err)
		n := 0
		for b := range plan.Births {
			require.NotEmpty(t, b.Process.Path)
			require.NotEmpty(t, b.Process.Args)
			if n++; n > 100 {
				break
			}
		}
	})
}
