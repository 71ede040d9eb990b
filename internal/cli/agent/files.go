package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/ownership"
)

const defaultAgentFile = "/etc/otelcol-phoenix/agent.yaml"

// agentFileFlag says which agent file is meant.
func agentFileFlag(p *pflag.FlagSet, path *string) {
	p.StringVar(path, "agent-file", defaultAgentFile, "`PATH` of the agent file")
}

// owner reads the owner's own configuration files.
func owner(file *agentfile.File) (map[string]any, error) {
	files := make([][]byte, len(file.ConfigFiles))
	for i, path := range file.ConfigFiles {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("config_files::%d: %w", i, err)
		}
		files[i] = content
	}
	return ownership.Owner(files...)
}

// writeFile makes a file that only its owner can read, with all of its content
// or not at all. One that is there is replaced if that is wanted, else the
// error is [fs.ErrExist].
func writeFile(path string, content []byte, replace bool) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		f.Close()
		if removed := os.Remove(f.Name()); !errors.Is(removed, fs.ErrNotExist) { // it was renamed
			err = errors.Join(err, removed)
		}
	}()
	if _, err := f.Write(content); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if replace {
		return os.Rename(f.Name(), path)
	}
	return os.Link(f.Name(), path)
}
