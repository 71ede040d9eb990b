package procread

import (
	"bytes"
	"path/filepath"
	"strings"
)

// shortName is how long a name is that the kernel cannot have cut: it keeps 15
// bytes of the name of a program.
const shortName = 15

// raw undoes the escapes of stat and status, which the kernel writes for a
// newline and a backslash. It returns its argument if there are none.
func raw(name []byte) []byte {
	if bytes.IndexByte(name, '\\') < 0 {
		return name
	}
	out := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '\\' && i+1 < len(name) {
			i++
			if c = name[i]; c == 'n' {
				c = '\n'
			}
		}
		out = append(out, c)
	}
	return out
}

// isShort reports whether the name in stat is whole as it stands.
func isShort(escaped []byte) bool { n := len(raw(escaped)); return n > 0 && n < shortName }

// completed returns a process's name from the one in stat: a short one
// unescaped, as in /proc/PID/comm; a long one as in /proc/PID/status, completed
// from the command's last path element if that begins with it.
func completed(escaped []byte, command string) string {
	if isShort(escaped) {
		return string(raw(escaped))
	}
	name := string(bytes.Trim(escaped, " \t"))
	if len(name) < shortName || command == "" {
		return name
	}
	if base := filepath.Base(command); strings.HasPrefix(base, name) {
		return base
	}
	return name
}

// commandLine splits a cmdline file: the first argument, and all of them joined
// by spaces. Both are empty for kernel threads and for processes that ended.
// The text is changed.
func commandLine(text []byte) (command, line []byte) {
	text = bytes.TrimRight(text, "\x00")
	end := bytes.IndexByte(text, 0)
	if end < 0 {
		end = len(text)
	}
	for i, c := range text {
		if c == 0 {
			text[i] = ' '
		}
	}
	return text[:end], text
}
