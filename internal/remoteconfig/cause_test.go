package remoteconfig

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// codes are the constants of cause.go, and whether each blocks.
func codes(t *testing.T) map[Code]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "cause.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	found := map[Code]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Code" {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		found[Code(text)] = Code(text).Blocks()
		return true
	})
	return found
}

// rowOfCauses is the first cell of a row in the tables of causes.
var rowOfCauses = regexp.MustCompile("(?m)^\\| ((?:`[a-z_]+`(?:, )?)+) \\|")

func TestTheGuideNamesEveryCause(t *testing.T) {
	b, err := os.ReadFile("../../docs/remote-configuration.md")
	require.NoError(t, err)
	_, causes, ok := strings.Cut(string(b), "\n## Causes\n")
	require.True(t, ok)
	causes, _, _ = strings.Cut(causes, "\n## ")
	blocking, passing, ok := strings.Cut(causes, "\n**In passing")
	require.True(t, ok)

	written := map[Code]bool{}
	for text, blocks := range map[string]bool{blocking: true, passing: false} {
		for _, row := range rowOfCauses.FindAllStringSubmatch(text, -1) {
			for _, code := range strings.Split(row[1], ", ") {
				written[Code(strings.Trim(code, "`"))] = blocks
			}
		}
	}
	require.Equal(t, codes(t), written)
}
