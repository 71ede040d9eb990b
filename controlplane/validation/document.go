package validation

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

const (
	maxSize  = 1 << 20 // bytes
	maxDepth = 32      // levels of maps and lists
	maxNodes = 50_000  // keys, values, maps and lists, with aliases written out
)

// read parses a configuration. The root is nil if there is none to look at any
// further.
func read(source []byte) (root *yaml.Node, findings []Finding) {
	whole := func(code Code, message, remedy string) (*yaml.Node, []Finding) {
		return nil, []Finding{{Code: code, Level: Error, Message: message, Remedy: remedy}}
	}
	if len(source) > maxSize {
		return whole(CodeSize, fmt.Sprintf("has %d bytes, at most %d are possible", len(source), maxSize), "remove what is not needed")
	}
	if f, ok := badText(source); ok {
		return nil, []Finding{f}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	var doc, next yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return whole(CodeDocuments, "is empty", "write one document with receivers, exporters and service")
	} else if err != nil {
		return nil, []Finding{syntax(source, err)}
	}
	if err := decoder.Decode(&next); err == nil {
		return nil, []Finding{{CodeDocuments, Error, next.Line, next.Column, "", "has more than one document", "write everything into one"}}
	} else if !errors.Is(err, io.EOF) {
		return nil, []Finding{syntax(source, err)}
	}
	return doc.Content[0], nil
}

// badText finds the first place that is no text.
func badText(source []byte) (Finding, bool) {
	line, column := 1, 1
	for i := 0; i < len(source); {
		r, size := utf8.DecodeRune(source[i:])
		bad := ""
		switch {
		case r == utf8.RuneError && size == 1:
			bad = "is not UTF-8"
		case r < ' ' && r != '\n' && r != '\t' && r != '\r', r == 0x7f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			bad = fmt.Sprintf("has the control character U+%04X", r)
		}
		if bad != "" {
			return Finding{CodeEncoding, Error, line, column, "", bad, "write it as UTF-8 text without control characters"}, true
		}
		if column++; r == '\n' {
			line, column = line+1, 1
		}
		i += size
	}
	return Finding{}, false
}

// What the parser says of a place.
var (
	lineOf   = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)
	anchorOf = regexp.MustCompile(`unknown anchor '([^']*)'`)
)

// syntax says where a text is not YAML: the parser knows the line.
func syntax(source []byte, err error) Finding {
	f := Finding{Code: CodeSyntax, Level: Error, Remedy: "correct the line"}
	message := err.Error()
	if m := lineOf.FindStringSubmatch(message); m != nil {
		f.Line, _ = strconv.Atoi(m[1])
		message = message[len(m[0]):]
		lines := strings.Split(string(source), "\n")
		text := lines[min(f.Line, len(lines))-1]
		f.Column = 1 + len(text) - len(strings.TrimLeft(text, " "))
	} else if m := anchorOf.FindStringSubmatch(message); m != nil {
		f.Line, f.Column = position(source, max(0, bytes.Index(source, []byte("*"+m[1]))))
	}
	f.Message = "is not YAML: " + strings.TrimPrefix(message, "yaml: ")
	return f
}
