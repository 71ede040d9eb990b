package remoteconfig

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	page       = "../../docs/decisions/0010-the-life-of-a-remote-configuration.md"
	tableBegin = "<!-- The tables are those of the code: UPDATE_TABLE=1 go test ./internal/remoteconfig -run TestPage writes them. -->\n\n"
	tableEnd   = "\n\n<!-- End of the tables. -->"
)

func TestPageHasTheTableOfTheCode(t *testing.T) {
	b, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(b), tableBegin)
	require.True(t, ok, "the page has no place for the tables")
	written, after, ok := strings.Cut(rest, tableEnd)
	require.True(t, ok, "the page's tables have no end")
	if os.Getenv("UPDATE_TABLE") != "" {
		require.NoError(t, os.WriteFile(page, []byte(before+tableBegin+table()+tableEnd+after), 0o644))
		return
	}
	require.Equal(t, table(), written, "the page is not what the code does; if the code is right, write it with UPDATE_TABLE=1")
}
