package section

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyTheSectionIsReplaced(t *testing.T) {
	got, err := Replace("# Title\n<!-- begin a -->\nold\n<!-- end a -->\nrest\n<!-- begin b -->\n<!-- end b -->\n", "a", "new\n")
	require.NoError(t, err)
	require.Equal(t, "# Title\n<!-- begin a -->\n\nnew\n\n<!-- end a -->\nrest\n<!-- begin b -->\n<!-- end b -->\n", got)
	again, err := Replace(got, "a", "new")
	require.NoError(t, err)
	require.Equal(t, got, again)
}

func TestASectionMustBeThere(t *testing.T) {
	for text, message := range map[string]string{
		"text\n":                              "there is no line <!-- begin a -->",
		"<!-- begin a -->\nold\n":             "there is no line <!-- end a --> behind <!-- begin a -->",
		"<!-- end a -->\n<!-- begin a -->\n":  "there is no line <!-- end a --> behind <!-- begin a -->",
		"<!-- begin b -->\n<!-- end b -->\n":  "there is no line <!-- begin a -->",
		"<!-- begin ab -->\n<!-- end a -->\n": "there is no line <!-- begin a -->",
	} {
		_, err := Replace(text, "a", "new")
		require.EqualError(t, err, message, text)
	}
}
