package remoteconfig

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// MaxConfigSize is how many bytes of a configuration are stored, and read back.
const MaxConfigSize = 4 << 20

// configs are the stored configurations: files that never change, each named by
// the hash of its content.
type configs struct {
	folder string
	disk   disk
}

func (c configs) path(h Hash) string { return filepath.Join(c.folder, string(h)) }

// put makes a configuration durable. One that is there and whole is left.
func (c configs) put(content []byte) error {
	if len(content) > MaxConfigSize {
		return fmt.Errorf("the configuration has %d bytes; the limit is %d", len(content), MaxConfigSize)
	}
	h := Sum(content)
	if _, err := c.read(h); err == nil {
		return c.disk.syncFolder(c.folder)
	}
	return c.disk.create(c.path(h), content)
}

// read returns a configuration that is still what its name says.
func (c configs) read(h Hash) ([]byte, error) {
	if !h.valid() {
		return nil, fmt.Errorf("read a configuration: %q is no hash", h)
	}
	f, err := os.Open(c.path(h))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, MaxConfigSize+1))
	if err != nil {
		return nil, err
	}
	if Sum(content) != h {
		return nil, fmt.Errorf("%s was changed: its content has another hash; offer it again", c.path(h))
	}
	return content, nil
}

// keep removes every configuration but some, and what was left unfinished.
func (c configs) keep(some []Hash) error {
	entries, err := os.ReadDir(c.folder)
	if err != nil {
		return err
	}
	errs := []error{c.disk.removeTemps(c.folder)}
	for _, e := range entries {
		if h := Hash(e.Name()); h.valid() && !slices.Contains(some, h) {
			errs = append(errs, c.disk.remove(c.path(h)))
		}
	}
	return errors.Join(errs...)
}

// list returns the hashes of all stored configurations.
func (c configs) list() []Hash {
	entries, _ := os.ReadDir(c.folder)
	var hashes []Hash
	for _, e := range entries {
		if h := Hash(e.Name()); h.valid() {
			hashes = append(hashes, h)
		}
	}
	return hashes
}
