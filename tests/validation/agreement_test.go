package validation

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane/validation"
	"github.com/phoenix-platform/phoenix/internal/childvalidate"
)

const (
	binary = "../../bin/otelcol-phoenix"
	corpus = "../../controlplane/validation/testdata/"
)

var update = flag.Bool("update", false, "write what is found beside the files that a collector refuses")

// validator asks the built collector.
func validator(t *testing.T) *validation.Validator {
	t.Helper()
	require.FileExists(t, binary, "run make build")
	path, err := filepath.Abs(binary)
	require.NoError(t, err)
	return &validation.Validator{Collector: childvalidate.Validator{Command: []string{path}}}
}

func validate(t *testing.T, source []byte, o validation.Options) validation.Report {
	t.Helper()
	r, err := validator(t).Validate(t.Context(), source, o)
	require.NoError(t, err)
	return r
}

// accepts reports whether the collector by itself takes a configuration.
func accepts(t *testing.T, source []byte) (ok bool, said string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, source, 0o600))
	out, err := exec.Command(binary, "validate", "--config", file).CombinedOutput()
	return err == nil, string(out)
}

// each runs a test on every file of a folder of the corpus.
func each(t *testing.T, folder string, test func(t *testing.T, file string, source []byte)) {
	t.Helper()
	files, err := filepath.Glob(corpus + folder + "/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(folder+"/"+filepath.Base(file), func(t *testing.T) {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			test(t, file, source)
		})
	}
}

func text(findings []validation.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

// What only the factories know is found at its place in the file.
func TestWhatTheCollectorRefuses(t *testing.T) {
	each(t, "refused", func(t *testing.T, file string, source []byte) {
		got := validate(t, source, validation.Options{})
		require.True(t, got.Collector, got.NotAsked)
		require.False(t, got.Valid)
		beside := strings.TrimSuffix(file, ".yaml") + ".txt"
		if *update {
			require.NoError(t, os.WriteFile(beside, []byte(text(got.Findings)), 0o600))
		}
		want, err := os.ReadFile(beside)
		require.NoError(t, err)
		require.Equal(t, string(want), text(got.Findings))
		ok, said := accepts(t, source)
		require.False(t, ok, said)
	})
}

// What is bad without a collector stays so with one, and the collector adds no
// second finding at a place that has one.
func TestBadFilesStayBad(t *testing.T) {
	each(t, "bad", func(t *testing.T, _ string, source []byte) {
		got := validate(t, source, validation.Options{})
		require.False(t, got.Valid)
		places := map[[2]int]validation.Code{}
		for _, f := range got.Findings {
			if f.Code == validation.CodeCollector {
				require.NotContains(t, places, [2]int{f.Line, f.Column}, f)
			}
			places[[2]int{f.Line, f.Column}] = f.Code
		}
	})
}

func TestGoodFiles(t *testing.T) {
	t.Setenv("PHOENIX_TEST_TOKEN", "the value of a variable")
	each(t, "good", func(t *testing.T, _ string, source []byte) {
		got := validate(t, source, validation.Options{Environment: []string{"PHOENIX_TEST_TOKEN"}})
		require.True(t, got.Collector, got.NotAsked)
		require.True(t, got.Valid, text(got.Findings))
		ok, said := accepts(t, source)
		require.True(t, ok, said)
	})
}
