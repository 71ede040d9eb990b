package catalog

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/catalog/section"
)

var update = flag.Bool("update", false, "write the parameter tables of the READMEs anew")

// Each template's README has a table of the parameters that its schema has.
func TestParameterTablesAreTheSchemas(t *testing.T) {
	each(t, func(t *testing.T, tpl *Template) {
		file := tpl.Name + "/README.md"
		was, err := os.ReadFile(file)
		require.NoError(t, err)
		text, err := section.Replace(string(was), "parameters", parameterTable(t, tpl))
		require.NoError(t, err, file)
		if *update {
			require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
			return
		}
		require.Equal(t, string(was), text, "if the schema is right: go test ./catalog -update")
	})
}

func parameterTable(t *testing.T, tpl *Template) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| Parameter | Values | Default | Meaning | Sets in config.yaml |\n| --- | --- | --- | --- | --- |\n")
	for _, p := range tpl.Parameters {
		preset, err := json.Marshal(p.Default)
		require.NoError(t, err)
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s. %s | `%s` |\n",
			p.Name, p.values(), preset, p.Title, p.Description, strings.Join(p.Paths, "`<br>`"))
	}
	return b.String()
}
