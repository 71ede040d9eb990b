package procread

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNames(t *testing.T) {
	for _, c := range []struct{ about, stat, command, want string }{
		{"a short one", "bash", "/bin/bash", "bash"},
		{"parentheses", "(sd-pam)", "(sd-pam)", "(sd-pam)"},
		{"a newline", "a\nb", "", "a\nb"},
		{"spaces", " sh ", "", " sh "},
		{"no UTF-8", "a\xffb", "", "a\xffb"},
		{"a short one of a longer command", "postgres", "postgres: checkpointer", "postgres"},
		{"cut at 15 bytes", "prometheus-node", "/usr/bin/prometheus-node-exporter", "prometheus-node-exporter"},
		{"of 15 bytes, another command", "prometheus-node", "/usr/bin/other", "prometheus-node"},
		{"of 15 bytes, no command", "kworker/u8:0-ev", "", "kworker/u8:0-ev"},
		{"a kernel thread with what it does", "kworker/0:1-events_unbound", "", "kworker/0:1-events_unbound"},
		{"15 bytes with a space at the end", "fourteen-bytes ", "x", "fourteen-bytes"},
		{"none", "", "/bin/sh", ""},
	} {
		require.Equal(t, c.want, string(completed([]byte(c.stat), []byte(c.command))), c.about)
	}
}

func TestCommandLines(t *testing.T) {
	for text, want := range map[string][2]string{
		"":                     {"", ""},
		"\x00\x00":             {"", ""},
		"sh\x00":               {"sh", "sh"},
		"sh\x00-c\x00a b\x00":  {"sh", "sh -c a b"},
		"sh\x00\x00x\x00\x00":  {"sh", "sh  x"},
		"postgres: writer\x00": {"postgres: writer", "postgres: writer"},
	} {
		command, line := commandLine([]byte(text))
		require.Equal(t, want, [2]string{string(command), string(line)}, "%q", text)
	}
}
