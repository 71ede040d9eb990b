package hostagent

import (
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/ownership"
)

// owner is what the owner's files say, as of when they were read: at the start
// of the process, and when the owner asks for a reload.
type owner struct {
	config    map[string]any
	bootstrap []byte
	// env are the variables of the environment that they name.
	env []string
}

// maxOwnerFile bounds each of the owner's files.
const maxOwnerFile = 16 << 20

func readOwner(f *agentfile.File) (owner, error) {
	contents := make([][]byte, len(f.ConfigFiles))
	for i, path := range f.ConfigFiles {
		content, err := readSome(path, maxOwnerFile)
		if err != nil {
			return owner{}, fmt.Errorf("config_files: %w; make it readable to the collector's user, or take it out of the agent file", err)
		}
		contents[i] = content
	}
	config, err := ownership.Owner(contents...)
	if err != nil {
		return owner{}, err
	}
	o := owner{config: config, env: variables(config)}
	if f.Bootstrap == "" {
		return o, nil
	}
	if o.bootstrap, err = readSome(f.Bootstrap, maxOwnerFile); err != nil {
		return owner{}, fmt.Errorf("bootstrap: %w; make it readable to the collector's user, or take it out of the agent file", err)
	}
	return o, nil
}

// readSome reads a file of at most so many bytes.
func readSome(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(content)) > most {
		return nil, fmt.Errorf("read %s: it is longer than %d bytes", path, most)
	}
	return content, err
}

// variable is how the owner's files name one: ${env:NAME}, ${NAME}, and each
// with :- and a default.
var variable = regexp.MustCompile(`\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-[^}]*)?\}`)

// variables lists those that a configuration names.
func variables(config map[string]any) []string {
	found := map[string]bool{}
	collect(config, found)
	return slices.Sorted(maps.Keys(found))
}

func collect(value any, found map[string]bool) {
	switch v := value.(type) {
	case string:
		for _, match := range variable.FindAllStringSubmatch(v, -1) {
			found[match[1]] = true
		}
	case []any:
		for _, item := range v {
			collect(item, found)
		}
	case map[string]any:
		for _, item := range v {
			collect(item, found)
		}
	}
}
