package agentfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/problems"
)

// maxFile bounds an agent file, in bytes.
const maxFile = 1 << 20

// Read reads an agent file and reports everything that is wrong with it.
func Read(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the agent file: %w", err)
	}
	defer in.Close()
	content, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the agent file %s: %w", path, err)
	}
	if len(content) > maxFile {
		return nil, fmt.Errorf("read the agent file %s: it is longer than %d bytes; remove what is no setting of it", path, maxFile)
	}
	f, err := Parse(content)
	if err != nil {
		return nil, fmt.Errorf("read the agent file %s: %w", path, err)
	}
	return f, nil
}

// Parse reads an agent file from YAML.
func Parse(content []byte) (*File, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var doc yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty; write {} for an agent without a server")
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("it has more than one document; write everything into one")
	}
	f := defaults()
	p := shape(doc.Content[0], f)
	if len(p) > 0 {
		return nil, p.Err()
	}
	if err := doc.Decode(f); err != nil {
		return nil, err
	}
	f.complete()
	f.check(&p)
	if err := p.Err(); err != nil {
		return nil, err
	}
	f.place()
	sum := sha256.Sum256(content)
	f.fingerprint = hex.EncodeToString(sum[:])
	return f, nil
}

// check reports every problem of the values.
func (f *File) check(p *problems.List) {
	f.Server.check(p)
	p.Check(absolute(f.StateDir), "state_directory: %q is not a whole path; drop the key to use /var/lib/otelcol-phoenix", f.StateDir)
	p.Check(f.MinHealthyTime >= minHealthy && f.MinHealthyTime <= maxHealthy,
		"min_healthy_time: must be between %s and %s, got %s; drop the key to use 10s", minHealthy, maxHealthy, f.MinHealthyTime)
	f.checkLabels(p)
	p.Check(f.Bootstrap == "" || absolute(f.Bootstrap), "bootstrap: %q is not a whole path; begin it with /", f.Bootstrap)
	for i, path := range f.ConfigFiles {
		p.Check(absolute(path), "config_files::%d: %q is not a whole path; begin it with /", i, path)
	}
	f.checkDestinations(p)
	f.Allow.check(p)
	f.Page.check(p)
	f.checkSocket(p)
	f.checkTelemetry(p)
}
