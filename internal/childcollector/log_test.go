package childcollector

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLinesAreCutWhereTheyEnd(t *testing.T) {
	for name, writes := range map[string][]string{
		"at once":          {"one\ntwo\n\nfour\n"},
		"line by line":     {"one\n", "two\n", "\n", "four\n"},
		"somewhere within": {"on", "e\nt", "wo", "\n\n", "four", "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			l := &lines{each: func(line []byte) { got = append(got, string(line)) }}
			for _, text := range writes {
				n, err := l.Write([]byte(text))
				require.NoError(t, err)
				require.Equal(t, len(text), n)
			}
			require.Equal(t, []string{"one", "two", "", "four"}, got)
		})
	}
}

func TestALineThatDoesNotEndIsCut(t *testing.T) {
	var got []int
	l := &lines{each: func(line []byte) { got = append(got, len(line)) }}
	for range 2 {
		_, err := l.Write([]byte(strings.Repeat("x", maxLine/2)))
		require.NoError(t, err)
	}
	require.Empty(t, got)
	_, err := l.Write([]byte("xy\nz\n"))
	require.NoError(t, err)
	require.Equal(t, []int{maxLine + 2, 1}, got)
	_, err = l.Write([]byte(strings.Repeat("x", maxLine+1)))
	require.NoError(t, err)
	require.Equal(t, []int{maxLine + 2, 1, maxLine + 1}, got)
	require.Empty(t, l.rest)
}

func TestRecords(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want Record
		ok   bool
	}{
		"a record":                {`{"level":"warn","msg":"late","n":3}`, Record{"warn", "late", map[string]any{"level": "warn", "msg": "late", "n": 3.0}}, true},
		"no message":              {`{"level":"info"}`, Record{"info", "", map[string]any{"level": "info"}}, true},
		"no level":                {`{"msg":"late"}`, Record{"", "late", map[string]any{"msg": "late"}}, false},
		"a level that is no text": {`{"level":3}`, Record{"", "", map[string]any{"level": 3.0}}, false},
		"no JSON":                 {`panic: boom`, Record{}, false},
		"another value":           {`["level"]`, Record{}, false},
		"nothing":                 {``, Record{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := parse([]byte(c.line))
			require.Equal(t, c.ok, ok)
			require.Equal(t, c.want, got)
		})
	}
}
