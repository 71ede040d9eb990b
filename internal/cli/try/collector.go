package try

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

const collectorName = "otelcol-phoenix"

// findCollector returns the collector to run: the path given, else the one
// beside this program, else the one on PATH.
func findCollector(path string) (string, error) {
	if path != "" {
		found, err := exec.LookPath(path)
		if err != nil && !errors.Is(err, exec.ErrDot) {
			return "", fmt.Errorf("--collector: %w; give the path of an otelcol-phoenix, `make build` makes bin/otelcol-phoenix", err)
		}
		return filepath.Abs(found)
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the folder of this program: %w; give the collector's path with --collector", err)
	}
	if resolved, err := filepath.EvalSymlinks(self); err == nil {
		self = resolved
	}
	name := collectorName
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	beside := filepath.Join(filepath.Dir(self), name)
	if found, err := exec.LookPath(beside); err == nil {
		return found, nil
	}
	found, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("there is no collector at %s, and no %s on PATH; build it with `make build`, or give its path with --collector", beside, name)
	}
	return found, nil
}
