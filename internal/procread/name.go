package procread

import (
	"bytes"
	"path/filepath"
	"strings"
)

// shortName is how long a name is that the kernel cannot have cut: it keeps 15
// bytes of the name of a program.
const shortName = 15

// isShort reports whether the name in stat is whole as it stands.
func isShort(name []byte) bool { return len(name) > 0 && len(name) < shortName }

// isEscaped reports whether a name in stat may have escapes: some kernels write
// \n for a newline and two backslashes for one there, others do not.
func isEscaped(name []byte) bool { return bytes.IndexByte(name, '\\') >= 0 }

// completed returns a process's name from the one in stat: a short one as it
// is; a long one without spaces around it, completed from the command's last
// path element if that begins with it.
func completed(name, command []byte) []byte {
	if isShort(name) {
		return name
	}
	name = bytes.Trim(name, " \t")
	if len(name) < shortName || len(command) == 0 {
		return name
	}
	if base := filepath.Base(string(command)); strings.HasPrefix(base, string(name)) {
		return []byte(base)
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
