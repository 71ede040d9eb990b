package ownership

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

const (
	maxSize  = 1 << 20 // bytes
	maxDepth = 16      // levels of maps and lists
	maxNodes = 50_000  // keys, values, maps and lists
)

// read parses a remote configuration as a tree in which nothing is expanded. It
// returns nil and a finding for what cannot be looked at any further.
func read(remote []byte) (*yaml.Node, Findings) {
	whole := func(code Code, problem, remedy string) (*yaml.Node, Findings) {
		return nil, Findings{{Code: code, Problem: problem, Remedy: remedy}}
	}
	if len(remote) > maxSize {
		return whole(CodeSize, fmt.Sprintf("has %d bytes, at most %d are possible", len(remote), maxSize), "remove what is not needed")
	}
	if !utf8.Valid(remote) {
		return whole(CodeEncoding, "is not UTF-8", "write it as UTF-8")
	}
	decoder := yaml.NewDecoder(bytes.NewReader(remote))
	var doc yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return whole(CodeDocuments, "is empty", "write {} for a configuration that adds nothing")
	} else if err != nil {
		return whole(CodeSyntax, fmt.Sprintf("is not YAML: %v", err), "correct the line")
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return whole(CodeDocuments, "has more than one document", "write everything into one")
	}
	return doc.Content[0], nil
}
