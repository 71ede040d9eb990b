package hostagent

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/ownership"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// Proven returns the configuration that an agent runs, or ran before a trial.
// It only reads, holds nothing and begins nothing, so an agent may run: it is
// for those who look at the configuration, not for those who run it.
func Proven(path string) (map[string]any, error) {
	file, err := agentfile.Read(path)
	if err != nil {
		return nil, err
	}
	o, err := readOwner(file)
	if err != nil {
		return nil, err
	}
	remote, safe, err := provenContent(file, o)
	if err != nil {
		return nil, err
	}
	if safe {
		o.config = safeMode()
	}
	effective, err := ownership.Compose(ownership.Parts{
		Owner: o.config, Remote: remote, Agent: file, Guards: ownership.GuardsOf(file), Lookup: lookup,
	})
	if err != nil {
		return nil, err
	}
	return effective.Config, nil
}

// provenContent is the remote part of what is proven.
func provenContent(file *agentfile.File, o owner) (content []byte, safe bool, err error) {
	reading, err := remoteconfig.Read(filepath.Clean(file.StateDir))
	if errors.Is(err, fs.ErrNotExist) {
		return o.bootstrap, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	switch run := reading.Proven(); run.Source {
	case remoteconfig.SafeMode:
		return nil, true, nil
	case remoteconfig.Bootstrap:
		return o.bootstrap, false, nil
	default:
		content, err = reading.Config(run.Hash)
		if err == nil && len(content) == 0 {
			content = o.bootstrap
		}
		return content, false, err
	}
}
