package remoteconfig

import (
	"fmt"
	"os"
	"path/filepath"
)

// disk changes files in steps, each of which can be the last one of a process
// that is killed.
type disk struct {
	// before is asked ahead of each step that would change n bytes, or none.
	// It says how many of them are written and with which error the step ends.
	// Tests end processes and fill disks with it; nil lets everything happen.
	before func(step string, n int) (int, error)
}

// step runs one step that writes no bytes.
func (d disk) step(name string, do func() error) error {
	if d.before != nil {
		if _, err := d.before(name, 0); err != nil {
			return err
		}
	}
	return do()
}

// writeAt writes bytes in place.
func (d disk) writeAt(f *os.File, b []byte, at int64) error {
	if d.before != nil {
		n, err := d.before("write "+filepath.Base(f.Name()), len(b))
		if err != nil {
			_, _ = f.WriteAt(b[:n], at)
			return err
		}
	}
	_, err := f.WriteAt(b, at)
	return err
}

// sync makes a file's bytes durable.
func (d disk) sync(f *os.File) error { return d.step("sync "+filepath.Base(f.Name()), f.Sync) }

// syncFolder makes the names in a folder durable.
func (d disk) syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return d.sync(f)
}

// remove removes a file.
func (d disk) remove(path string) error {
	return d.step("remove "+filepath.Base(path), func() error { return os.Remove(path) })
}

// tempPrefix begins the names of files that are not finished.
const tempPrefix = ".tmp-"

// create makes a file that is there with all of its bytes or not at all, and
// only readable to its owner.
func (d disk) create(path string, content []byte) error {
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, tempPrefix+"*")
	if err != nil {
		return err
	}
	defer f.Close()
	err = d.writeAt(f, content, 0)
	if err == nil {
		err = d.sync(f)
	}
	if err == nil {
		err = d.step("rename "+filepath.Base(path), func() error { return os.Rename(f.Name(), path) })
	}
	if err != nil {
		_ = d.remove(f.Name())
		return err
	}
	return d.syncFolder(folder)
}

// removeTemps removes what an ended process did not finish in a folder.
func (d disk) removeTemps(folder string) error {
	left, err := filepath.Glob(filepath.Join(folder, tempPrefix+"*"))
	if err != nil {
		return fmt.Errorf("list %s: %w", folder, err)
	}
	for _, path := range left {
		if err := d.remove(path); err != nil {
			return err
		}
	}
	return nil
}
