package validation

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write what is found beside the bad files; read it before you keep it")

// alone asks no collector.
var alone = &Validator{NoCollector: "it is not asked in this test"}

func validate(t *testing.T, source []byte, o Options) Report {
	t.Helper()
	r, err := alone.Validate(t.Context(), source, o)
	require.NoError(t, err)
	return r
}

// files are the configurations in a folder of the corpus.
func files(t *testing.T, folder string) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/" + folder + "/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

// text is findings, a line each.
func text(findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

// Beside each bad file stands everything that is found in it.
func TestBadFiles(t *testing.T) {
	for _, file := range files(t, "bad") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			got := validate(t, source, Options{})
			beside := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				require.NoError(t, os.WriteFile(beside, []byte(text(got.Findings)), 0o600))
			}
			want, err := os.ReadFile(beside)
			require.NoError(t, err)
			require.Equal(t, string(want), text(got.Findings))
			require.False(t, got.Valid)
			for _, f := range got.Findings {
				require.NotEmpty(t, f.Remedy, f.Code)
			}
		})
	}
}
