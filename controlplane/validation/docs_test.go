package validation

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/catalog/section"
)

const page = "../../docs/validation.md"

// The page has every code, with -update as it is here.
func TestThePageHasEveryCode(t *testing.T) {
	var table strings.Builder
	table.WriteString("| Code | Level | Meaning | What to do |\n| --- | --- | --- | --- |\n")
	for _, e := range Codes() {
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", e.Code, e.Level, e.Meaning, e.Remedy)
	}
	raw, err := os.ReadFile(page)
	require.NoError(t, err)
	want, err := section.Replace(string(raw), "codes", table.String())
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o600))
		raw = []byte(want)
	}
	require.Equal(t, want, string(raw), "run go test ./controlplane/validation -update")
}

// Every code that is found in the corpus is explained, and every code of ours
// is found there or in a test of its limit.
func TestEveryCodeIsExplained(t *testing.T) {
	explained := map[Code]bool{}
	for _, e := range Codes() {
		require.False(t, explained[e.Code], e.Code)
		explained[e.Code] = true
	}
	found := map[Code]bool{CodeSize: true}
	for _, folder := range []string{"bad", "refused"} {
		texts, err := filepath.Glob("testdata/" + folder + "/*.txt")
		require.NoError(t, err)
		for _, file := range texts {
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			for line := range strings.Lines(string(raw)) {
				for _, e := range Codes() {
					if strings.Contains(line, fmt.Sprintf("%s %s: ", Error, e.Code)) || strings.Contains(line, fmt.Sprintf("%s %s: ", Warning, e.Code)) {
						found[e.Code] = true
					}
				}
			}
		}
	}
	for _, code := range []Code{
		CodeSize, CodeEncoding, CodeSyntax, CodeDocuments, CodeNodes, CodeDepth, CodeDuplicate, CodeKey, CodeSection, CodeReference, CodePipeline,
		CodeCollector, CodeExpression, CodeSecret, CodeReach, CodeCollision, CodeNoProcesses, CodeBatch, CodeMemoryLimiter, CodeNoOptimiser, CodeUnused,
	} {
		require.True(t, explained[code], code)
		require.True(t, found[code], code)
	}
}
