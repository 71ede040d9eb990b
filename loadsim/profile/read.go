package profile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v3"
)

// maxFile bounds a custom profile, in bytes.
const maxFile = 1 << 20

// Read reads a custom profile and reports everything that is wrong with it.
func Read(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the profile: %w", err)
	}
	defer in.Close()
	content, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the profile %s: %w", path, err)
	}
	if len(content) > maxFile {
		return nil, fmt.Errorf("read the profile %s: it is longer than %d bytes; use count for many processes of a kind", path, maxFile)
	}
	f, err := Parse(content)
	if err != nil {
		return nil, fmt.Errorf("read the profile %s:\n%w", path, err)
	}
	return f, nil
}

// Parse reads a custom profile from YAML. A key that is not known is an error
// with its line.
func Parse(content []byte) (*File, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	f := &File{}
	if err := decoder.Decode(f); errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty; give at least one of patterns")
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("it has more than one document; give each a file")
	}
	if err := f.validate(); err != nil {
		return nil, err
	}
	return f, nil
}
